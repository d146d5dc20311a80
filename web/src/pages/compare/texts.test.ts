import { describe, expect, it } from "vitest";
import { calls, makeSpan, said } from "../../trace/factory";
import { textsOf } from "./texts";

describe("the texts of a span", () => {
  it("are messages with their roles and calls, or plain values", () => {
    const model = makeSpan("llm", {
      messages_in: [said("system", "Be kind."), said("user", "Hi")],
      messages_out: [said("assistant", calls("1", "look", { a: 1 }))],
    });

    expect(textsOf(model)).toEqual({
      input: "system: Be kind.\n\nuser: Hi",
      output: 'look({"a": 1})',
    });
    expect(textsOf(makeSpan("tool", { input: { a: 1 }, output: "x" })).output).toBe("x");
    expect(textsOf(makeSpan("span"))).toEqual({ input: "", output: "" });
  });

  it("are the documents of a search", () => {
    const search = makeSpan("retriever", {
      documents: [{ id: "1", content: "one", score: null, metadata: null }],
    });

    expect(textsOf(search).output).toBe("1. one");
  });
});
