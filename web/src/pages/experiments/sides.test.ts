import { expect, test } from "vitest";
import type { Experiment, Metric, Run } from "../../api/evaluation";
import { letterOf, metaLine, perRun, readIds, scoresOf, signed, wayOf, wordsOf } from "./sides";

test("the first of the address is A, and nobody stands in it twice", () => {
  expect(readIds("x,y,,x")).toEqual(["x", "y"]);
  expect([0, 1, 2].map(letterOf)).toEqual(["A", "B", "C"]);
});

test("better is more, unless less is better", () => {
  expect(wayOf(0.2, false)).toBe("better");
  expect(wayOf(0.2, true)).toBe("worse");
  expect(wayOf(-1, true)).toBe("better");
  expect(wayOf(0, true)).toBe("same");
  expect(wayOf(null, true)).toBeNull();
});

test("a difference carries its sign, and what is unknown is no zero", () => {
  const write = (size: number) => size.toFixed(2);
  expect(signed(0.2, write)).toBe("+0.20");
  expect(signed(-0.2, write)).toBe("−0.20");
  expect(signed(null, write)).toBe("–");
  expect(perRun(null, 4)).toBeNull();
  expect(perRun(4, 0)).toBeNull();
});

test("the model is said before other metadata", () => {
  const experiment = { metadata: { temperature: 0.2, model: "gpt-5-mini", long: "x".repeat(90) } };
  expect(metaLine(experiment as unknown as Experiment)).toBe("gpt-5-mini, temperature 0.2");
});

test("people who check a judge do not change its score", () => {
  const given = [
    { name: "polite", value: 1, source: "judge" },
    { name: "polite", value: 0, source: "human" },
  ];
  expect(scoresOf([{ scores: given }] as unknown as Run[], "polite").mean).toBe(1);
  expect(scoresOf([{ scores: given.slice(1) }] as unknown as Run[], "polite").mean).toBe(0);
});

test("repetitions count by their mean, scores without a value do not", () => {
  const runs = [1, 0, null].map((value) => ({ scores: [{ name: "correct", value }] }));
  expect(scoresOf(runs as unknown as Run[], "correct").mean).toBe(0.5);
});

test("scores of words are named once, after those that are counted", () => {
  const experiment = (...names: string[]) =>
    ({ stats: { scores: names.map((name) => ({ name })) } }) as unknown as Experiment;
  const sides = [experiment("tone", "correct"), experiment("tone", "manner"), {} as Experiment];
  expect(wordsOf(sides, [{ name: "correct" } as Metric])).toEqual(["manner", "tone"]);
});
