import { expect, test } from "vitest";
import { expensiveRows } from "./expensiveRows";

const series = (model: string | null, cost: number | null, tokens: number) => ({
  group: { model },
  points: [{ time: null, count: 1, "sum(cost.total)": cost, "sum(usage.total_tokens)": tokens }],
});

test("the dearest comes first, those without a price last by their tokens", () => {
  const answer = {
    interval: null,
    truncated: false,
    series: [
      series("local", null, 9000),
      series("small", 0.2, 10),
      series("tiny", null, 9999),
      series("large", 4, 10),
    ],
  };

  expect(expensiveRows(answer, "model").map((row) => row.name)).toEqual([
    "large",
    "small",
    "tiny",
    "local",
  ]);
});

test("what names no model is no row", () => {
  const answer = {
    interval: null,
    truncated: false,
    series: [series(null, 3, 1), series("", 2, 1)],
  };

  expect(expensiveRows(answer, "model")).toEqual([]);
});
