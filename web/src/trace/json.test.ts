import { describe, expect, it } from "vitest";
import { jsonLines, parsed } from "./json";

describe("a JSON value as lines", () => {
  it("opens what is shallow and folds what was pressed", () => {
    const value = { a: [1, 2], b: {} };

    expect(jsonLines(value, new Set()).map((line) => line.bracket || String(line.value))).toEqual([
      ...["{", "[", "1", "2", "]", "{}", "}"],
    ]);
    expect(jsonLines(value, new Set(["\ta"])).map((line) => line.folded)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  it("starts deep values folded", () => {
    const deep = { a: { b: { c: { d: { e: 1 } } } } };

    expect(jsonLines(deep, new Set()).some((line) => line.key === "e")).toBe(false);
  });

  it("reads JSON in a string and leaves other text alone", () => {
    expect(parsed('{"a": 1}')).toEqual({ a: 1 });
    expect(parsed("{not json}")).toBe("{not json}");
    expect(parsed("12")).toBe("12");
  });
});
