import { expect, test } from "vitest";
import { changed, draftOf, rulesOf } from "./rules";

const stored = [
  { name: "emails", builtin: "emails", replacement: "[mail]" },
  { name: "order", pattern: "ORD-[0-9]{6}", replacement: "[order]" },
];

test("stored rules come back as they were", () => {
  expect(rulesOf(draftOf(stored), stored)).toEqual(stored);
});

test("a ticked built-in rule is called as what it finds", () => {
  const draft = { ...draftOf(stored), builtins: ["emails", "cards"] };

  expect(rulesOf(draft, stored)[1]).toEqual({ name: "cards", builtin: "cards" });
});

test("a row that nobody filled in is no rule", () => {
  const draft = { ...draftOf([]), own: [{ name: "", pattern: "", replacement: "" }] };

  expect(rulesOf(draft, [])).toEqual([]);
  expect(changed(draft, [])).toBe(false);
});

test("an empty replacement leaves the server's own", () => {
  const draft = { builtins: [], own: [{ name: "id", pattern: "x", replacement: "" }] };

  expect(rulesOf(draft, [])).toEqual([{ name: "id", pattern: "x" }]);
  expect(changed(draft, [])).toBe(true);
});
