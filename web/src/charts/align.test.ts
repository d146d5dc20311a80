import { expect, test } from "vitest";
import { column, largest, ratio, single, untilNow } from "./align";

const HOUR = 3_600_000;
const points = [
  { time: "1970-01-01T01:00:00.000000Z", count: 4, "p50(duration_ms)": 12.5 },
  { time: "1970-01-01T03:00:00.000000Z", count: 2, "p50(duration_ms)": null },
];
const starts = [0, HOUR, 2 * HOUR, 3 * HOUR];

test("an absent interval counts nothing", () => {
  expect(column(points, "count", starts, 0)).toEqual([0, 4, 0, 2]);
});

test("an absent or unknown latency is a gap", () => {
  expect(column(points, "p50(duration_ms)", starts, null)).toEqual([null, 12.5, null, null]);
});

test("an answer without interval is one value", () => {
  expect(single([{ time: null, count: 7 }], "count")).toBe(7);
  expect(single([], "count")).toBeNull();
});

test("a share of nothing is unknown", () => {
  expect(ratio([1, 0, null], [4, 0, 3])).toEqual([0.25, null, null]);
});

test("a bucket that has not ended is a gap", () => {
  expect(untilNow([1, 2, 0, 0], starts, HOUR, 2.5 * HOUR)).toEqual([1, 2, null, null]);
});

test("the largest of several series ignores gaps", () => {
  expect(
    largest([
      [1, null],
      [null, 8],
    ]),
  ).toBe(8);
});
