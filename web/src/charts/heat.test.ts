import { expect, test } from "vitest";
import { heatRows, strength } from "./heat";

test("labels of rows stand at their lower edges, only as many as there is room for", () => {
  const labels = Array.from({ length: 12 }, (_, n) => `${n}`);

  expect(heatRows(labels, 400)).toHaveLength(12);
  expect(heatRows(labels, 140).map(({ at }) => at)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(heatRows([], 140)).toEqual([]);
});

test("one among thousands is still seen, and nothing is nothing", () => {
  expect(strength(0, 5000)).toBe(0);
  expect(strength(1, 5000)).toBeGreaterThan(0.14);
  expect(strength(5000, 5000)).toBe(1);
});
