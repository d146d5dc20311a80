import { expect, test } from "vitest";
import { figureOf } from "./values";

test.each([
  [4120, "ms", ["4.12", "s"]],
  [125_000, "ms", ["2 m 05", "s"]],
  [48_210, "count", ["48,210", ""]],
  [0.024, "share", ["2.4", "%"]],
  [142_600_000, "tokens", ["143", "M"]],
  [612.4, "usd", ["$612.40", ""]],
  [null, "ms", ["–", ""]],
] as const)("%s %s stands as %j", (value, unit, parts) => {
  expect(figureOf(value, unit)).toEqual(parts);
});
