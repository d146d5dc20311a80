import { describe, expect, it } from "vitest";
import { following, missing, optionsOf, questionsOf, sent, takesNumbers } from "./answers";
import type { Question } from "./queries";

function question(given: Partial<Question>): Question {
  return {
    feedback_key: "tone",
    description: "",
    value_descriptions: {},
    score_descriptions: {},
    categories: [],
    is_required: false,
    ...given,
  };
}

describe("the options of a question", () => {
  it("are its categories, in their order, by the digits from 1", () => {
    const options = optionsOf(
      question({
        categories: [
          { value: 1, label: "polite" },
          { value: 0, label: "rude" },
        ],
        value_descriptions: { rude: "says so" },
      }),
    );
    expect(options.map((one) => [one.key, one.label, one.hint])).toEqual([
      ["1", "polite", ""],
      ["2", "rude", "says so"],
    ]);
    expect(options[1]?.answer).toEqual({ score: 0, value: "rude" });
  });

  it("are the numbers of a short scale by their own digits", () => {
    const options = optionsOf(
      question({ min: 1, max: 5, score_descriptions: { "5": "solves it" } }),
    );
    expect(options.map((one) => one.key)).toEqual(["1", "2", "3", "4", "5"]);
    expect(options[4]).toMatchObject({ hint: "solves it", answer: { score: 5 } });
  });

  it("are five steps from 0 to 1, where any number between may be given too", () => {
    const share = question({ min: 0, max: 1 });
    expect(optionsOf(share).map((one) => [one.key, one.answer.score])).toEqual([
      ["1", 0],
      ["2", 0.25],
      ["3", 0.5],
      ["4", 0.75],
      ["5", 1],
    ]);
    expect(takesNumbers(share)).toBe(true);
    expect(takesNumbers(question({ min: 1, max: 5 }))).toBe(false);
  });

  it("are none where the scale is long or open: a field takes the number", () => {
    expect(optionsOf(question({ min: 0, max: 100 }))).toEqual([]);
    expect(optionsOf(question({}))).toEqual([]);
    expect(takesNumbers(question({}))).toBe(true);
  });
});

describe("answers", () => {
  const questions = [
    question({ feedback_key: "a", is_required: true }),
    question({ feedback_key: "b" }),
  ];

  it("are missing where a required question has none", () => {
    expect(missing(questions, {}).map((one) => one.feedback_key)).toEqual(["a"]);
    expect(missing(questions, { a: { comment: "hm" } })).toHaveLength(1);
    expect(missing(questions, { a: { score: 0 } })).toEqual([]);
  });

  it("lead on to the next open question", () => {
    expect(following(questions, {}, 0)).toBe(1);
    expect(following(questions, { b: { score: 1 } }, 0)).toBe(1);
    expect(following(questions, {}, 1)).toBe(1);
  });

  it("are sent without those that say nothing", () => {
    expect(sent({ a: { score: 1, comment: "  " }, b: {}, c: { comment: " why " } })).toEqual({
      a: { score: 1, comment: undefined },
      c: { comment: "why" },
    });
  });
});

it("a queue of pairs without a rubric asks which one is better", () => {
  expect(questionsOf({ kind: "pairwise", rubric: [] }).map((one) => one.feedback_key)).toEqual([
    "preference",
  ]);
  expect(questionsOf({ kind: "single", rubric: [] })).toEqual([]);
});
