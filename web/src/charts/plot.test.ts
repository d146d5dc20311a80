import { expect, test } from "vitest";
import { alone, columnsOf } from "./plot";

test("a value between two gaps gets a dot of its own", () => {
  expect(alone([null, 4, null, 1, 2, null, 7])).toEqual([1, 6]);
});

test("lines of the period before come first, so that they lie below", () => {
  const data = {
    starts: [0, 60],
    interval: { name: "1m", ms: 60 },
    unit: "count" as const,
    series: [
      { key: "p50", label: "p50", token: "s1", values: [1, 2], before: [3, 4] },
      { key: "p99", label: "p99", token: "s5", values: [5, 6] },
    ],
  };

  expect(columnsOf(data)).toEqual([
    [0, 60],
    [3, 4],
    [1, 2],
    [5, 6],
  ]);
});

test("bars stand on each other, the highest drawn first", () => {
  const data = {
    starts: [0, 60],
    interval: { name: "1m", ms: 60 },
    unit: "tokens" as const,
    stacked: true,
    series: [
      { key: "in", label: "input", token: "s1", values: [1, null] },
      { key: "out", label: "output", token: "s3", values: [5, 6] },
    ],
  };

  expect(columnsOf(data)).toEqual([
    [0, 60],
    [6, 6],
    [1, 0],
  ]);
});
