import { expect, test } from "vitest";
import { clustered, type Mark, marksSentence, marksWithin } from "./marks";

const mark = (name: string, at: number): Mark => ({ key: name, name, at, link: { to: "/" } });
const MARKS = [mark("a", 10), mark("b", 20), mark("c", 30), mark("d", 90)];

test("a chart has the marks of its own time", () => {
  expect(marksWithin(MARKS, 20, 90).map(({ name }) => name)).toEqual(["b", "c"]);
});

test("marks that stand too close share a handle", () => {
  const found = clustered(MARKS, (at) => at * 2, 24);

  expect(found.map(({ left, marks }) => [left, marks.map(({ name }) => name)])).toEqual([
    [20, ["a", "b"]],
    [60, ["c"]],
    [180, ["d"]],
  ]);
});

test("the last marks are said, and how many there are before", () => {
  const many = Array.from({ length: 7 }, (_, n) => mark(`v${n}`, n));

  expect(marksSentence([])).toBe("");
  expect(marksSentence(MARKS.slice(0, 1))).toMatch(/^ Marked: a at .+\.$/);
  expect(marksSentence(many)).toMatch(/v2 at .*v6 at .*; and 2 earlier\.$/);
});
