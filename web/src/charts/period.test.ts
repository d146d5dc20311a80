import { expect, test } from "vitest";
import { buckets, periodBeforeInWords, shifted } from "./period";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("the drawn period before is a whole number of intervals away", () => {
  const interval = { name: "2h", ms: 2 * HOUR };

  const earlier = shifted({ from: 100 * HOUR, to: 103 * HOUR }, interval);

  expect(earlier.shift).toBe(4 * HOUR);
  expect(earlier.from).toBe(96 * HOUR);
});

test("buckets begin on the grid of the interval and cover the period", () => {
  expect(buckets({ from: 1.5 * HOUR, to: 3.2 * HOUR }, { name: "1h", ms: HOUR })).toEqual([
    HOUR,
    2 * HOUR,
    3 * HOUR,
  ]);
});

test("weeks begin on Mondays", () => {
  const monday = Date.UTC(2026, 10, 16);

  const [first] = buckets(
    { from: monday + 2 * DAY, to: monday + 3 * DAY },
    { name: "7d", ms: 7 * DAY },
  );

  expect(first).toBe(monday);
});

test.each([
  [7 * DAY, "the 7 days before"],
  [DAY, "the 24 hours before"],
  [6 * HOUR, "the 6 hours before"],
  [HOUR, "the hour before"],
  [15 * 60_000, "the 15 minutes before"],
])("a length of %d ms is called %s", (length, words) => {
  expect(periodBeforeInWords({ from: 0, to: length })).toBe(words);
});
