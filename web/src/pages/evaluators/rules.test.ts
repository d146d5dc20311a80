import { describe, expect, it } from "vitest";
import { NEW_GUARD } from "./guards";
import { newRule, perDay, type RuleDraft, reasonsOf, ruleOf, ruleProblem } from "./rules";
import { NO_SAMPLING, partsText, samplingDraftOf, samplingOf } from "./sampling";

const draft: RuleDraft = { ...newRule("e1", "faithful"), sample: "12.5" };

describe("a rule as it is typed", () => {
  it("is told as a share, without limits and fields that stand empty", () => {
    const typed = { ...draft, limits: {}, mapping: { inputs: " ", outputs: "outputs.answer" } };

    expect(ruleOf(typed)).toMatchObject({
      sampling_rate: 0.125,
      budget: {},
      mapping: { outputs: "outputs.answer" },
    });
  });

  it.each([
    [{ name: " " }, "Give it a name."],
    [{ sample: "0" }, "The sample is above 0 and at most 100 %."],
    [{ sample: "lots" }, "The sample is above 0 and at most 100 %."],
    [{ limits: { calls_per_hour: "-3" } }, "The calls an hour are a number above 0."],
    [{ limits: { tokens_per_day: "1.5" } }, "The tokens a day are a whole number."],
    [
      { sampling: { ...NO_SAMPLING, strata: [{ filter: " ", rate: "100" }] } },
      "A part of the sample needs a filter.",
    ],
    [{ sampling: { ...NO_SAMPLING, perHour: "9999" } }, "Of an hour 1 to 5,000 are drawn."],
    [{ guard: { ...NEW_GUARD, latency: "0" } }, "The application waits 1 to 60,000 ms."],
    [{ idle: "" }, "The idle minutes are a number above 0."],
  ] as [Partial<RuleDraft>, string][])("is not saved while it is wrong: %o", (wrong, said) => {
    expect(ruleProblem({ ...draft, ...wrong })).toBe(said);
  });
});

it("says how many a day a sample is", () => {
  expect(perDay(700, 7, "10")).toBe(10);
  expect(perDay(undefined, 7, "10")).toBeNull();
  expect(perDay(700, 7, "")).toBeNull();
});

it("lists why things were skipped, the most frequent first and none that never was", () => {
  const skipped = { sampling: 12, budget: 0, not_applicable: 0, missing: 40, dropped: 0 };

  expect(reasonsOf({ skipped }).map((one) => one.reason)).toEqual(["missing", "sampling"]);
});

describe("whom a rule draws", () => {
  const sampling = {
    dense: true,
    strata: [{ filter: 'status = "error"', rate: 1 }],
    new_prompts_h: 24,
    per_hour: 50,
  };

  it("is typed as it is kept, and told again as it was", () => {
    expect(samplingOf(samplingDraftOf(sampling))).toEqual(sampling);
  });

  it("is said in words", () => {
    expect(partsText({ sampling })).toEqual([
      "all with a prompt of the last 24 h",
      'all where status = "error"',
      "of the rest at most 50 an hour",
    ]);
  });

  it("may be nothing of what is in no part", () => {
    const strata = [{ filter: 'status = "error"', rate: "100" }];

    expect(ruleProblem({ ...draft, sample: "0", sampling: { ...NO_SAMPLING, strata } })).toBeNull();
  });
});

it("tells of a guard neither filter nor sample", () => {
  const told = ruleOf({ ...draft, guard: NEW_GUARD });

  expect(told).toMatchObject({
    guard: { on_failure: "open", latency_ms: 300, threshold: 0.5, blocks: null },
  });
  expect(told).not.toHaveProperty("sampling_rate");
});
