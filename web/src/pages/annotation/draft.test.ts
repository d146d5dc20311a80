import { describe, expect, it } from "vitest";
import { categoriesOf, draftOf, newQuestion, queueOf } from "./draft";

describe("the form of a queue", () => {
  it("reads answers to choose from, with or without a value in front", () => {
    expect(categoriesOf("1 good\n0 not so good", "q")).toEqual([
      { value: 1, label: "good" },
      { value: 0, label: "not so good" },
    ]);
    expect(categoriesOf("red\ngreen\n", "q")).toEqual([
      { value: 0, label: "red" },
      { value: 1, label: "green" },
    ]);
    expect(categoriesOf("0.5", "q")).toEqual([{ value: 0.5, label: null }]);
    expect(() => categoriesOf(" \n", "tone")).toThrow("tone: name at least one answer");
  });

  it("gives back what it does not show", () => {
    const rubric = [
      {
        feedback_key: "helpful",
        description: "Does it help?",
        value_descriptions: {},
        score_descriptions: { "5": "solves it" },
        categories: [],
        min: 1,
        max: 5,
        is_required: false,
      },
    ];
    const queue = { ...queueOf({ ...draftOf(), name: "q", questions: [] }), rubric };
    const again = queueOf(draftOf({ ...queue, id: "", total: 0, completed: 0 } as never));
    expect(again.rubric).toEqual(rubric);
  });

  it("says what is missing", () => {
    expect(() => queueOf(draftOf())).toThrow("needs a name");
    const questions = [newQuestion({ key: "a", scale: "numbers", min: "x" })];
    expect(() => queueOf({ ...draftOf(), questions })).toThrow("a: “x” is no number.");
    const draft = { ...draftOf(), questions: [], reviewersPerItem: "0" };
    expect(() => queueOf(draft)).toThrow("Reviews for each item");
  });

  it("asks pairs for a preference, whatever scale was chosen before", () => {
    const questions = [newQuestion({ key: "better" })];
    const [item] = queueOf({ ...draftOf(), kind: "pairwise", questions }).rubric;
    expect(item).toMatchObject({ feedback_key: "better", categories: [], min: null, max: null });
  });
});
