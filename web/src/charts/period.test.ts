import { expect, test } from "vitest";
import { before, buckets, intervalFor, periodBeforeInWords, shifted } from "./period";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("a week is drawn in two-hour steps, an hour in minutes", () => {
  expect(intervalFor({ from: 0, to: 7 * DAY }).name).toBe("2h");
  expect(intervalFor({ from: 0, to: HOUR }).name).toBe("1m");
  expect(intervalFor({ from: 0, to: 30 * DAY }).name).toBe("12h");
});

test("a range of decades falls back to the coarsest interval", () => {
  expect(intervalFor({ from: 0, to: 20_000 * DAY }).name).toBe("7d");
});

test("the period before is as long and ends where this one begins", () => {
  expect(before({ from: 7 * DAY, to: 14 * DAY })).toEqual({ from: 0, to: 7 * DAY });
});

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

test.each([
  [7 * DAY, "the 7 days before"],
  [DAY, "the 24 hours before"],
  [6 * HOUR, "the 6 hours before"],
  [HOUR, "the hour before"],
  [15 * 60_000, "the 15 minutes before"],
])("a length of %d ms is called %s", (length, words) => {
  expect(periodBeforeInWords({ from: 0, to: length })).toBe(words);
});
