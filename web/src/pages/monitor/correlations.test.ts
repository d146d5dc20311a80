import { expect, test } from "vitest";
import { type Correlation, coefficientText, giversOf, notesOf, verdictOf } from "./correlations";

const FOUND: Correlation = {
  first: { name: "thumb", traces: 50, sources: ["end_user"] },
  second: { name: "judge", traces: 60, sources: ["code", "judge"] },
  n: 40,
  kind: "point_biserial",
  coefficient: 0.62,
  low: 0.4,
  high: 0.8,
  p: 0.001,
  is_clear: true,
};

test("a verdict says no more than the data", () => {
  expect(verdictOf(FOUND)).toBe("go together");
  expect(verdictOf({ ...FOUND, coefficient: -0.6 })).toBe("go against each other");
  expect(verdictOf({ ...FOUND, is_clear: false })).toBe("not clear");
  expect(verdictOf({ ...FOUND, n: 9, is_clear: false })).toBe("too few to tell");
  expect(verdictOf({ ...FOUND, n: 3, coefficient: null })).toBe("too few to tell");
  expect(verdictOf({ ...FOUND, coefficient: null })).toBe("one is always the same");
});

test("who gives a score is told, and figures are written as everywhere", () => {
  expect(giversOf(FOUND.first)).toBe("users");
  expect(giversOf(FOUND.second)).toBe("evaluators");
  expect(giversOf({ ...FOUND.first, sources: ["end_user", "human", "judge"] })).toBe(
    "users and people and evaluators",
  );
  expect([coefficientText(-0.083), coefficientText(null)]).toEqual(["−0.08", "–"]);
});

test("what is left out is named", () => {
  const left_out = [
    { name: "mood", why: "labels" as const },
    { name: "once", why: "rare" as const },
  ];
  const notes = notesOf({ items: [FOUND], left_out, traces: 20_000, truncated: true });

  expect(notes.slice(1)).toEqual([
    "Of the 20,000 traces scored last.",
    "Without numbers, and left out: mood.",
    "On fewer traces, and left out: once.",
  ]);
  expect(notesOf({ items: [], left_out: [], traces: 0, truncated: false })).toEqual([]);
});
