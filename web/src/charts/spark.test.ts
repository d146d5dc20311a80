import { expect, test } from "vitest";
import { sparkPath } from "./spark";

test("a line runs from left to right, its largest value at the top", () => {
  expect(sparkPath([0, 2, 1], 20, 10)).toBe("M0 10L10 0L20 5");
});

test("a gap breaks the line", () => {
  expect(sparkPath([1, null, 1], 20, 10)).toBe("M0 0M20 0");
});

test("nothing but zeros lies on the ground", () => {
  expect(sparkPath([0, 0], 10, 10)).toBe("M0 10L10 10");
});
