import { expect, test } from "vitest";
import { doubled, formatOf, mappingOf, usesOf } from "./mapping";

const MAPPING = {
  inputs: { question: "q_text" },
  outputs: { "": "gold" },
  metadata: {},
  split: "part",
  id: null,
};

test("a mapping becomes one line a column, and the lines the same mapping", () => {
  const uses = usesOf(["q_text", "gold", "part", "rest"], MAPPING);
  expect(uses.map((use) => use.place)).toEqual(["inputs", "outputs", "split", "nothing"]);
  expect(mappingOf(uses)).toEqual(MAPPING);
});

test("two columns cannot fill one field, or both be the split", () => {
  const uses = usesOf(["q_text", "gold", "part"], MAPPING);
  expect(doubled(uses)).toBeNull();
  expect(doubled([...uses, { column: "x", place: "split", field: "" }])).toContain("split");
  expect(doubled([...uses, { column: "x", place: "inputs", field: "question" }])).toContain(
    "inputs.question",
  );
});

test("the end of a file's name says its format", () => {
  expect(formatOf("questions.CSV")).toBe("csv");
  expect(formatOf("a.b.jsonl")).toBe("jsonl");
  expect(formatOf("t.parquet")).toBe("parquet");
  expect(formatOf("notes.docx")).toBeNull();
});
