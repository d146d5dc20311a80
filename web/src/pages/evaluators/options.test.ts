import { expect, it } from "vitest";
import { kindOf, readOption, withOption } from "./options";

it.each([
  [{ type: "boolean" }, "boolean"],
  [{ type: ["integer", "null"] }, "number"],
  [{ anyOf: [{ type: "string" }, { type: "null" }] }, "text"],
  [{ type: "string", enum: ["f1", "recall"] }, "choice"],
  [{ type: "object" }, "json"],
  [{ type: "array", items: { type: "string" } }, "json"],
])("asks for %o as %s", (schema, kind) => {
  expect(kindOf(schema)).toBe(kind);
});

it("reads what is typed as the schema wants it; what cannot be read stays as it is", () => {
  expect(readOption("0.5", { type: "number" })).toBe(0.5);
  expect(readOption("0.", { type: "number" })).toBe(0);
  expect(readOption("half", { type: "number" })).toBe("half");
  expect(readOption('["a"]', { type: "array" })).toEqual(["a"]);
  expect(readOption("2", { enum: [1, 2] })).toBe(2);
});

it("leaves out an option that is empty", () => {
  expect(
    withOption({ pattern: "x", mode: "search" }, "pattern", readOption("", { type: "string" })),
  ).toEqual({
    mode: "search",
  });
});
