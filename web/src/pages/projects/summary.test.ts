import { expect, test } from "vitest";
import { summaryOf } from "./summary";

const HOUR = 3_600_000;
const INTERVAL = { name: "1h", ms: HOUR };

const answer = (points: Record<string, number | string | null>[]) => ({
  interval: "1h",
  truncated: false,
  series: [{ group: {}, points: points.map((point) => ({ time: null, ...point })) }],
});

test("sums are over the whole week, an hour without traces is zero on the line", () => {
  const week = answer([
    { time: "1970-01-01T00:00:00Z", count: 6, error_count: 0, "sum(cost.total)": 0.5 },
    { time: "1970-01-01T02:00:00Z", count: 2, error_count: 2, "sum(cost.total)": null },
  ]);

  expect(summaryOf(week, { from: 0, to: 3 * HOUR }, INTERVAL)).toEqual({
    traces: 8,
    errorShare: 0.25,
    tokens: null,
    cost: 0.5,
    line: [6, 0, 2],
  });
});

test("a week without traces has no error share and costs nobody knows what", () => {
  const none = summaryOf(
    { interval: "1h", truncated: false, series: [] },
    { from: 0, to: HOUR },
    INTERVAL,
  );

  expect(none).toMatchObject({ traces: 0, errorShare: null, cost: null });
});
