import { expect, test } from "vitest";
import { ApiError } from "../../api/client";
import { oneLine, problemsOf, readNames, readObject, wholeText } from "./values";

test("a part that is one text is shown as the text, others as JSON", () => {
  expect(oneLine({ question: "What\nnow?" })).toBe("What now?");
  expect(oneLine({ a: 1, b: 2 })).toBe('{"a":1,"b":2}');
  expect(oneLine(null)).toBe("");
  expect(oneLine({ text: "x".repeat(900) })).toHaveLength(401);
  expect(wholeText({ question: "What\nnow?" })).toBe("What\nnow?");
});

test("only an object can be a part, and nothing typed is unknown", () => {
  expect(readObject('{"a": 1}')).toEqual({ value: { a: 1 }, error: null });
  expect(readObject("  ")).toEqual({ value: null, error: null });
  expect(readObject("[1]").error).toContain("object");
  expect(readObject("{").error).toContain("no JSON");
});

test("names are apart by commas, each once", () => {
  expect(readNames(" base, hard ,, base")).toEqual(["base", "hard"]);
});

test("what breaks the schema is told at its part", () => {
  const violations = [
    { path: "inputs.question", message: "is required" },
    { path: "outputs", message: "is no object" },
  ];
  const error = new ApiError(422, "unprocessable", "example 0: …", { violations });
  expect(problemsOf(error)).toEqual({
    inputs: ["question: is required"],
    outputs: ["is no object"],
    other: [],
  });
  expect(problemsOf(new Error("gone")).other).toEqual(["gone"]);
});
