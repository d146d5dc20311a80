import { expect, test } from "vitest";
import { intervalText, pText, type Separation, type Statistics, scoresFirst } from "./compared";
import { plain, verdictOf } from "./verdict";

function metric(name: string, more: Partial<Separation> = {}): Separation {
  return {
    name,
    kind: "score",
    lower_is_better: false,
    n: 200,
    baseline_mean: 0.781,
    candidate_mean: 0.822,
    difference: 0.041,
    low: 0.012,
    high: 0.07,
    p: 0.006,
    p_adjusted: 0.006,
    test: "paired t",
    verdict: "better",
    improved: 58,
    regressed: 29,
    unchanged: 113,
    detectable: 0.02,
    rows_needed: null,
    effect_size: 0.2,
    ...{ failed_baseline: 0, failed_candidate: 0, sentence: "", warning: null },
    ...more,
  };
}

function statistics(...metrics: Separation[]): Statistics {
  return {
    ...{ baseline_id: "a", experiment_id: "b", sentence: "", n: 200, metrics },
    correction: "holm",
    alpha: 0.05,
    ...{ only_baseline: 0, only_candidate: 0, failed_baseline: 0, failed_candidate: 0 },
  };
}

const unclear = { verdict: "undecided", p_adjusted: 0.23 } as const;

test("the sentence says who wins, by how much, how surely, at which price, and what got worse", () => {
  const main = metric("correctness");
  const all = statistics(
    main,
    metric("conciseness", { verdict: "worse", difference: -0.034 }),
    metric("faithfulness", unclear),
    metric("helpfulness", unclear),
    metric("cost", { kind: "measure", baseline_mean: 0.0041, difference: 0.00049 }),
  );
  const said = verdictOf(main, all, "A", "B");
  expect([said.before, said.word, said.after].join(" ")).toBe(
    "B beats A on correctness by 4.1 points.",
  );
  expect(said.tone).toBe("good");
  expect(plain(said.evidence)).toBe(
    "95 % interval +1.2 to +7.0, p = 0.006, n = 200 paired. It costs 12 % more and loses 3.4 points " +
      "of conciseness. The other 2 scores show no clear difference.",
  );
});

test("what the data do not decide is told with what they would show", () => {
  const main = metric("correctness", {
    ...unclear,
    low: -0.01,
    rows_needed: 1240,
    detectable: 0.057,
  });
  const said = verdictOf(main, statistics(main), "A", "B");
  expect(`${said.before} ${said.word} ${said.after}`).toBe(
    "B does not differ clearly from A on correctness.",
  );
  expect(plain(said.evidence)).toBe(
    "The difference is +4.1 points, 95 % interval −1.0 to +7.0, p = 0.23, n = 200 paired. So many " +
      "examples would show differences from 5.7 points on; one as small as this takes about 1,240.",
  );
});

test("few rows are called few, and one row has no interval", () => {
  const main = metric("ok", {
    ...unclear,
    ...{ low: null, high: null, detectable: null, p_adjusted: 1 },
    n: 1,
  });
  expect(plain(verdictOf(main, statistics(main), "A", "B").evidence)).toBe(
    "The difference is +4.1 points, p = 1.00, n = 1 paired. One example is too few to tell.",
  );
  expect(intervalText(main)).toBe("–");
});

test("a loss where less is better is a loss, on a scale that is no share as on one that is", () => {
  const main = metric("latency", {
    ...{ lower_is_better: true, verdict: "worse", candidate_mean: 3.8, difference: 0.21 },
  });
  const said = verdictOf(
    main,
    statistics(main, metric("toxicity", { ...main, name: "toxicity" })),
    "A",
    "C",
  );
  expect(`${said.before} ${said.word} ${said.after}`).toBe("C loses to A on latency by 0.21.");
  expect(plain(said.evidence)).toContain("It is worse in toxicity by 0.21.");
});

test("p is never nought, and the score named first stands first", () => {
  expect([0.0004, 0.006, 0.0963, 0.234].map(pText)).toEqual(["< 0.001", "0.006", "0.096", "0.23"]);
  const some = [metric("a"), metric("cost", { kind: "measure" }), metric("b")];
  expect(scoresFirst(some, ["b"]).map((one) => one.name)).toEqual(["b", "a"]);
});
