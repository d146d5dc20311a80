import { describe, expect, it } from "vitest";
import { isRephrased, type TurnTrace, turnsOf } from "./turns";

function turn(input: unknown, output: unknown, scores: unknown[] = []): TurnTrace {
  return {
    trace_id: "t",
    input,
    output,
    scores,
    input_preview: "preview",
    output_preview: null,
  } as unknown as TurnTrace;
}

describe("the turns of a session", () => {
  it("tell what was asked and answered, else their previews", () => {
    const turns = turnsOf([turn({ question: "A lid?" }, "Yes."), turn({ a: 1, b: 2 }, null)]);

    expect(turns.map(({ asked, answered }) => [asked, answered])).toEqual([
      ["A lid?", "Yes."],
      ["preview", ""],
    ]);
  });

  it("mark a question that was asked again in other words", () => {
    expect(
      isRephrased("Can I return the cracked lid?", "I asked: can I return a cracked lid"),
    ).toBe(true);
    expect(isRephrased("Can I return the cracked lid?", "Thank you very much")).toBe(false);
    expect(isRephrased("yes", "yes")).toBe(false);
  });

  it("know the thumb that a person gave", () => {
    const score = {
      id: "1",
      name: "helpful",
      value: 0,
      source: "end_user",
      created_at: "2026-01-01",
    };

    expect(turnsOf([turn("a", "b", [score])])[0]?.thumb).toBe("down");
  });
});
