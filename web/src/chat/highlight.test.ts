import { expect, test } from "vitest";
import { highlight } from "./highlight";

const LINES = `def f(a):  # "no string"
    """Long
    text"""
    return g('it\\'s', 1.5)`;

test("the pieces are the text again", () => {
  const pieces = highlight(LINES, "python") ?? [];

  expect(pieces.map((piece) => piece.text).join("")).toBe(LINES);
});

test("each kind is told from the others", () => {
  const found = (highlight(LINES, "python") ?? [])
    .filter((piece) => piece.kind)
    .map((piece) => [piece.kind, piece.text]);

  expect(found).toEqual([
    ["word", "def"],
    ["name", "f"],
    ["comment", '# "no string"'],
    ["string", '"""Long\n    text"""'],
    ["word", "return"],
    ["name", "g"],
    ["string", "'it\\'s'"],
    ["number", "1.5"],
  ]);
});

test("a language that nobody knows has no colours, and words of SQL may be in capitals", () => {
  expect(highlight("x", "brainfuck")).toBeNull();
  expect(highlight("SELECT a -- b", "sql")?.map((piece) => piece.kind)).toEqual([
    "word",
    undefined,
    "comment",
  ]);
});
