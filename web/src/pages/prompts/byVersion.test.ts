import { expect, test } from "vitest";
import { beginning, measuredOf, questionOf, versionOf } from "./byVersion";
import type { Version } from "./queries";

const VERSIONS = [
  { version: 12, hash: "abcdef0123" },
  { version: 2, hash: "123456abcd" },
] as unknown as Version[];

test("a version is named by its number or the beginning of its hash", () => {
  expect(versionOf("12", VERSIONS)?.version).toBe(12);
  expect(versionOf("123456", VERSIONS)?.version).toBe(2);
  expect(versionOf("1", VERSIONS)).toBeUndefined();
  expect(versionOf(null, VERSIONS)).toBeUndefined();
});

test("rows go from the newest version to what names none", () => {
  const series = [null, "2", "12"].map((ref) => ({
    group: { "prompt.version": ref },
    points: [{ time: null, count: 4, error_rate: 0.25, "avg(scores.tone)": 0.5 }],
  }));
  const rows = measuredOf({ interval: null, series, truncated: false }, VERSIONS, ["tone"]);

  expect(rows.map((row) => row.ref)).toEqual(["12", "2", null]);
  expect(rows[0]).toMatchObject({ runs: 4, errorRate: 0.25, p50: null, cost: null });
  expect(rows[0]?.scores).toEqual([{ name: "tone", mean: 0.5, n: 0 }]);
});

test("the question asks for spans of the prompt in all projects, from a whole hour on", () => {
  const from = beginning(new Date("2026-11-21T10:20:30Z"));
  expect(from).toBe("2026-10-22T10:00:00.000Z");
  const question = questionOf('say "hi"', from, ["tone"]);
  expect(question.project).toBeUndefined();
  expect(question.filter).toBe('prompt.name = "say \\"hi\\""');
  expect(question.measures).toContain("avg(scores.tone)");
});
