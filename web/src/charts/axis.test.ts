import { expect, test } from "vitest";
import { placeOn, zeroAxis } from "./axis";

test("all intervals fit on the axis, zero stands in the middle", () => {
  const axis = zeroAxis([
    { value: 4.1, low: 1.2, high: 7 },
    { value: -3.4, low: -5.6, high: -1.2 },
    { value: 0.5, low: null, high: null },
  ]);
  expect(axis).toEqual({ from: -8, to: 8, ticks: [-8, -4, 0, 4, 8] });
  expect([-8, 0, 4].map((value) => placeOn(axis, value))).toEqual([0, 50, 75]);
});

test("what does not differ at all has an axis too, and nothing leaves it", () => {
  const axis = zeroAxis([{ value: 0, low: 0, high: 0 }]);
  expect(axis.to).toBeGreaterThan(axis.from);
  expect(placeOn(axis, axis.to * 3)).toBe(100);
});
