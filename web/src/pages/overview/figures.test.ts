import { expect, test } from "vitest";
import { figuresOf, totalsOf } from "./figures";

const answer = (point: Record<string, number | null>) => ({
  interval: null,
  truncated: false,
  series: [{ group: {}, points: [{ time: null, ...point }] }],
});

const now = totalsOf(
  answer({
    count: 200,
    error_count: 5,
    "p50(duration_ms)": 1204,
    "p99(duration_ms)": 8300,
    "sum(cost.total)": 12.5,
    "sum(usage.total_tokens)": 1_940_000,
    "avg(scores.helpful)": 0.83,
    "count(scores.helpful)": 41,
  }),
  "helpful",
);

test("the figures are told in their units, with what stands behind them", () => {
  const figures = figuresOf(now, null, "helpful", "");

  expect(figures.map(({ figure, more }) => [...figure, more])).toEqual([
    ["200", "", undefined],
    ["2.5", "%", "5"],
    ["1.20", "s p50", "8.30 s p99"],
    ["$12.50", "", undefined],
    ["1.94", "M", undefined],
    ["0.83", "mean", "n = 41"],
  ]);
});

test("a range without traces has no error share, and no score a dash", () => {
  const none = totalsOf({ interval: null, truncated: false, series: [] }, null);

  const figures = figuresOf(none, null, null, "");

  expect(figures.map(({ figure }) => figure[0])).toEqual(["0", "–", "–", "–", "–", "–"]);
});

test("sums are not compared with a time in which the project began", () => {
  const earlier = { ...now, count: 10, share: 0.015, cost: 1, tokens: 100 };

  const figures = figuresOf(now, earlier, "helpful", "the 7 days before", false);

  expect(figures.filter(({ change }) => change).map(({ key }) => key)).toEqual([
    "errors",
    "latency",
    "score",
  ]);
});

test("a change is against the same totals of the period before", () => {
  const earlier = { ...now, count: 100, share: 0.015 };

  const [traces, errors] = figuresOf(now, earlier, "helpful", "the 7 days before");

  expect(traces?.change?.text).toBe("+100 %");
  expect(errors?.change).toMatchObject({ text: "+1.0 points", tone: "bad" });
});
