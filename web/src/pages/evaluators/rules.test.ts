import { describe, expect, it } from "vitest";
import { newRule, perDay, type RuleDraft, reasonsOf, ruleOf, ruleProblem } from "./rules";

const draft: RuleDraft = { ...newRule("e1", "faithful"), sample: "12.5" };

describe("a rule as it is typed", () => {
  it("is told as a share, without limits and fields that stand empty", () => {
    const typed = { ...draft, usdPerDay: "", mapping: { inputs: " ", outputs: "outputs.answer" } };

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
    [{ callsPerHour: "-3" }, "The calls an hour are a number above 0."],
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
