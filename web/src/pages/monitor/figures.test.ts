import { expect, test } from "vitest";
import type { MetricsAnswer } from "../../api/types";
import { type BoardChart, CHARTS } from "./board";
import { chartFigure, groupedData, groupingOf, groupOf, titleOf, wholeData } from "./figures";
import type { Asked } from "./questions";
import { readSplit } from "./splits";

const HOUR = 3_600_000;
const AT = Date.UTC(2026, 10, 21, 9);
const LATER = AT + 100 * HOUR;
const iso = (hours: number) => new Date(AT + hours * HOUR).toISOString();

const asked: Asked = {
  project: "demo",
  from: iso(0),
  to: iso(3),
  interval: { name: "1h", ms: HOUR },
  filter: "",
  split: null,
  compare: true,
};

function answer(series: MetricsAnswer["series"], previous?: MetricsAnswer["previous"]) {
  return { interval: "1h", truncated: false, series, previous };
}

function chart(key: string): BoardChart {
  const found = CHARTS.find((one) => one.key === key);
  if (!found) throw new Error(key);
  return found;
}

test("a line stands over the same hours of the period before; without rows is none, not unknown", () => {
  const points = (...hours: [number, number][]) => [
    { group: {}, points: hours.map(([hour, count]) => ({ time: iso(hour), count })) },
  ];
  const previous = { from: iso(-3), to: iso(0), series: points([-3, 7], [-1, 9]) };

  const data = wholeData(answer(points([0, 4], [2, 6]), previous), asked, chart("traces"), LATER);

  expect(data.series).toMatchObject([{ values: [4, 0, 6], before: [7, 0, 9] }]);
});

test("tokens from the cache are taken out of the input, and an interval goes on until it ended", () => {
  const point = {
    "sum(usage.input_tokens)": 100,
    "sum(usage.cached_tokens)": 60,
    "sum(usage.cache_write_tokens)": null,
    "sum(usage.output_tokens)": 5,
  };
  const series = [
    {
      group: {},
      points: [
        { time: iso(0), ...point },
        { time: iso(2), ...point },
      ],
    },
  ];

  const data = wholeData(answer(series), asked, chart("tokens"), AT + 2.5 * HOUR);

  expect(data.series.map(({ label, values }) => [label, ...values])).toEqual([
    ["cached", 60, 0, null],
    ["input", 40, 0, null],
    ["output", 5, 0, null],
  ]);
});

test("groups come with the largest first, all others last, and lead to what they are", () => {
  const of = (model: string | null, count: number, other = false) => ({
    group: { model },
    other,
    points: [{ time: iso(0), count }],
  });
  const found = { ...answer([of("small", 1), of(null, 9, true), of("large", 5)]), group_count: 12 };

  const { series } = groupedData(
    found,
    asked,
    { measure: "count", unit: "count", stacked: true, by: "model", label: "model" },
    LATER,
  );

  expect(series.map(({ label }) => label)).toEqual(["large", "small", "10 others"]);
  expect(series.map(({ key }) => groupOf(key))).toEqual([
    { value: "large" },
    { value: "small" },
    undefined,
  ]);
  expect(series[2]?.token).toBe("s8");
});

test("a figure tells its change, and whether that is bad", () => {
  const of = (count: number) => [{ group: {}, points: [{ time: null, error_rate: count }] }];
  const totals = answer(of(0.024), { from: iso(-3), to: iso(0), series: of(0.014) });

  expect(chartFigure(chart("errors"), totals, asked)).toMatchObject({
    figure: ["2.4", "%"],
    change: { text: "+1.0 points", tone: "bad", words: "up 1.0 points on the 3 hours before" },
  });
});

test("a sum is not compared with a period in which the project began, a share is", () => {
  const points = (count: number) => [
    { group: {}, points: [{ time: null, count, error_rate: 0.1 / count }] },
  ];
  const totals = answer(points(8), { from: iso(-3), to: iso(0), series: points(1) });
  const began = { ...asked, beganBefore: true };

  expect(chartFigure(chart("traces"), totals, asked).change).not.toBeNull();
  expect(chartFigure(chart("traces"), totals, began).change).toBeNull();
  expect(chartFigure(chart("errors"), totals, began).change).not.toBeNull();
});

test.each([
  ["cost", undefined, "Cost by model", "used"],
  ["cost", "user_id", "Cost by user", "traces"],
  ["cost", "provider", "Cost by provider", "used"],
  ["duration", undefined, "Duration", undefined],
  ["duration", "environment", "Duration p95 by environment", "traces"],
  ["call-duration", "environment", "Call duration p50 by environment", "calls"],
  ["speed", "metadata.customer.tier", "Output speed by customer.tier", "calls"],
])("%s split by %s is “%s”", (key, field, title, told) => {
  const split = readSplit(field);

  expect(titleOf(chart(key), split)).toBe(title);
  expect(groupingOf(chart(key), split)?.answer).toBe(told);
});

test("groups that overlap are drawn as lines: bars on each other would count some rows twice", () => {
  expect(groupingOf(chart("tokens"), readSplit("tags"))?.stacked).toBe(false);
  expect(groupingOf(chart("tokens"), readSplit("release"))?.stacked).toBe(true);
});
