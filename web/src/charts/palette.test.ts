import { expect, test } from "vitest";
import { MOST_SERIES, tokensOf } from "./palette";

test("a name has the same colour alone and among others, unless a neighbour has it", () => {
  const [alone] = tokensOf(["gpt-5"]);

  expect(tokensOf(["gpt-5", "claude-sonnet-4-5"])[0]).toBe(alone);
});

test("as many names as there are colours have each their own", () => {
  const names = Array.from({ length: MOST_SERIES }, (_, n) => `model-${n}`);

  expect(new Set(tokensOf(names)).size).toBe(MOST_SERIES);
});
