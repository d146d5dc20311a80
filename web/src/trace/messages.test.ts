import { describe, expect, it } from "vitest";
import { answers, calls, said } from "./factory";
import { answeredText, askedText, callsOf, resultsOf, tailStart } from "./messages";

describe("what a person asked", () => {
  it("is the last user message, a string, or the field that tells", () => {
    expect(
      askedText({ messages_in: [said("user", "a"), said("assistant", "b"), said("user", "c")] }),
    ).toBe("c");
    expect(askedText({ input: " plain " })).toBe("plain");
    expect(askedText({ input: { question: "why?", k: 4 } })).toBe("why?");
    expect(
      askedText({
        input: {
          messages: [
            { type: "human", content: "hi" },
            { type: "ai", content: "ho" },
          ],
        },
      }),
    ).toBe("hi");
    expect(askedText({ input: [said("system", "s"), said("user", "two", "parts")] })).toBe(
      "two\n\nparts",
    );
  });

  it("is unknown when nothing tells", () => {
    expect(askedText({ input: { a: 1, b: 2 } })).toBeNull();
    expect(askedText({})).toBeNull();
  });
});

describe("what was answered", () => {
  it("is found in messages, strings and usual shapes", () => {
    expect(answeredText({ messages_out: [said("assistant", "x")] })).toBe("x");
    expect(answeredText({ output: { answer: "y", sources: [] } })).toBe("y");
    expect(
      answeredText({
        output: {
          messages: [
            { role: "user", content: "q" },
            { role: "assistant", content: "z" },
          ],
        },
      }),
    ).toBe("z");
    expect(answeredText({ output: { rows: 3, ok: true } })).toBeNull();
  });
});

describe("messages of a call", () => {
  it("are new after the last answer of the model", () => {
    const messages = [
      said("user", "a"),
      said("assistant", calls("1", "f", {})),
      said("tool", answers("1", "r")),
    ];

    expect(tailStart(messages)).toBe(2);
    expect(tailStart([said("user", "a")])).toBe(0);
    expect(callsOf(messages)).toEqual([{ id: "1", name: "f", arguments: {} }]);
    expect(resultsOf(messages)).toEqual([{ id: "1", result: "r" }]);
  });
});
