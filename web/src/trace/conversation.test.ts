import { describe, expect, it } from "vitest";
import type { Block, MessageBlock } from "./blocks";
import type { Payloads } from "./cards";
import { conversation } from "./conversation";
import { answers, at, calls, makeSpan, said, ticket } from "./factory";
import type { Span, Trace } from "./model";
import { buildTree } from "./tree";

function makeTrace(spans: Span[], choice: Partial<Trace> = {}): Trace {
  const root = spans[0] as Span;
  return {
    ...root,
    root_span_id: root.span_id,
    error_count: 0,
    span_count: spans.length,
    llm_call_count: 0,
    input_preview: null,
    output_preview: null,
    models: [],
    providers: [],
    kinds: [],
    tools: [],
    prompt_names: [],
    scores: null,
    ...choice,
  };
}

function loaded(spans: Span[]): Payloads {
  return new Map(spans.map((span) => [span.span_id, span]));
}

function read(spans: Span[], choice: Partial<Trace> = {}): Block[] {
  return conversation(makeTrace(spans, choice), buildTree(spans), loaded(spans));
}

/** A conversation in a few words a block. */
function sketch(blocks: Block[]): string[] {
  return blocks.map((block) => {
    const indent = "  ".repeat(block.depth);
    if (block.type === "message") return `${indent}${block.role}: ${block.text}`;
    if (block.type === "card") return `${indent}call ${block.card.name}`;
    if (block.type === "history") return `${indent}${block.messages.length} earlier`;
    return `${indent}${block.icon} ${block.name} ${block.text}`.trimEnd();
  });
}

const messagesOf = (blocks: Block[]) =>
  blocks.filter((block): block is MessageBlock => block.type === "message");

describe("the conversation of a trace", () => {
  it("reads as people would tell it, with every message once", () => {
    expect(sketch(read(ticket(), { user_id: "u-2841" }))).toEqual([
      "user: My order 48213 arrived with a cracked lid.",
      "guardrail pii_check passed, nothing redacted",
      "assistant: ",
      "call get_order",
      "call search_policies",
      "assistant: ",
      "call create_replacement",
      "assistant: Yes. Damage is covered for 60 days [1]. A new lid is free [2].",
      "guardrail tone_check passed",
    ]);
  });

  it("folds thoughts and knows their tokens", () => {
    const first = messagesOf(read(ticket()))[1];

    expect(first?.thought).toEqual({ text: "The lid broke in transit.", tokens: 148 });
  });

  it("puts a failed attempt and its retry into one card", () => {
    const card = read(ticket()).find(
      (one) => one.type === "card" && one.card.name === "create_replacement",
    );

    expect(card?.type === "card" && card.card.attempts.map((one) => one.failed)).toEqual([
      true,
      false,
    ]);
    expect(card?.type === "card" && card.card.result).toEqual({ replacement_id: "R-90417" });
    expect(card?.type === "card" && Math.round(card.card.ms ?? 0)).toBe(6656);
  });

  it("marks the documents that the answer cites", () => {
    const blocks = read(ticket());
    const search = blocks.find((one) => one.type === "card" && one.card.name === "search_policies");

    expect(search?.type === "card" && search.card.documents.map((one) => one.cited)).toEqual([
      true,
      true,
      false,
    ]);
    expect([...(messagesOf(blocks).at(-1)?.citations.keys() ?? [])]).toEqual(["1", "2"]);
  });

  it("shows previews until payloads are there, and asks nothing twice", () => {
    const spans = [
      makeSpan("agent", { span_id: "root", to: 900 }),
      makeSpan("llm", {
        parent_span_id: "root",
        input_preview: "hello",
        output_preview: "let me see",
      }),
      makeSpan("tool", {
        parent_span_id: "root",
        name: "look",
        from: 200,
        output_preview: "a thing",
      }),
      makeSpan("llm", {
        parent_span_id: "root",
        from: 400,
        input_preview: "hello",
        output_preview: "done",
      }),
    ];

    const blocks = conversation(makeTrace(spans), buildTree(spans), new Map());

    expect(sketch(blocks)).toEqual([
      "user: hello",
      "assistant: let me see",
      "call look",
      "assistant: done",
    ]);
    expect(messagesOf(blocks).every((block) => block.preview)).toBe(true);
  });

  it("folds what an earlier trace of the session had already said", () => {
    const spans = [
      makeSpan("llm", {
        messages_in: [said("user", "hi"), said("assistant", "hello"), said("user", "and now?")],
        messages_out: [said("assistant", "now this")],
      }),
    ];

    expect(sketch(read(spans))).toEqual(["2 earlier", "user: and now?", "assistant: now this"]);
  });

  it("keeps the prompt of a call that stands apart from the conversation folded", () => {
    const spans = [
      makeSpan("chain", {
        span_id: "root",
        to: 900,
        input: { question: "Is water damage covered?" },
      }),
      makeSpan("llm", {
        parent_span_id: "root",
        messages_in: [said("user", "Rewrite as a query: Is water damage covered?")],
        messages_out: [said("assistant", "water damage warranty")],
      }),
      makeSpan("retriever", { parent_span_id: "root", name: "kb", from: 200 }),
      makeSpan("llm", {
        parent_span_id: "root",
        from: 400,
        messages_in: [said("user", "Context: …\n\nQuestion: Is water damage covered?")],
        messages_out: [said("assistant", "Yes.")],
      }),
    ];

    const blocks = read(spans);

    expect(sketch(blocks)).toEqual([
      "user: Is water damage covered?",
      "assistant: water damage warranty",
      "call kb",
      "assistant: Yes.",
    ]);
    expect(messagesOf(blocks).map((block) => block.prompt !== null)).toEqual([false, true, true]);
  });

  it("shows the question before the search, and the documents as the reranker put them", () => {
    const doc = (id: string) => ({ id, content: id, score: null, metadata: { title: id } });
    const spans = [
      makeSpan("chain", { span_id: "root", to: 900, input: "Why?" }),
      makeSpan("retriever", { parent_span_id: "root", documents: [doc("a"), doc("b"), doc("c")] }),
      makeSpan("reranker", { parent_span_id: "root", from: 150, documents: [doc("b"), doc("a")] }),
      makeSpan("llm", {
        parent_span_id: "root",
        from: 300,
        messages_in: [said("user", "Why?")],
        messages_out: [said("assistant", "So [1].")],
      }),
    ];

    const blocks = read(spans);

    expect(sketch(blocks)[0]).toBe("user: Why?");
    expect(messagesOf(blocks).at(-1)?.citations.get("1")?.document.title).toBe("b");
    expect(blocks[1]?.type === "card" && blocks[1].card.found).toBe(3);
  });

  it("indents a sub-agent and names it", () => {
    const research = calls("c1", "research", { topic: "lids" });
    const spans = [
      makeSpan("agent", { span_id: "main", name: "planner", to: 2000 }),
      makeSpan("llm", {
        parent_span_id: "main",
        messages_in: [said("user", "Tell me about lids")],
        messages_out: [said("assistant", research)],
      }),
      makeSpan("tool", {
        span_id: "call",
        parent_span_id: "main",
        name: "research",
        tool_call_id: "c1",
        from: 200,
        to: 900,
        output: "Lids are round.",
      }),
      makeSpan("agent", {
        span_id: "sub",
        parent_span_id: "call",
        name: "researcher",
        from: 210,
        to: 890,
      }),
      makeSpan("llm", {
        parent_span_id: "sub",
        from: 220,
        messages_in: [said("user", "lids")],
        messages_out: [said("assistant", "Lids are round.")],
      }),
      makeSpan("llm", {
        parent_span_id: "main",
        from: 1000,
        messages_in: [
          said("user", "Tell me about lids"),
          said("assistant", research),
          said("tool", answers("c1", "Lids are round.")),
        ],
        messages_out: [said("assistant", "They are round.")],
      }),
    ];

    expect(sketch(read(spans))).toEqual([
      "user: Tell me about lids",
      "assistant: ",
      "call research",
      "  agent researcher",
      "  task: lids",
      "  assistant: Lids are round.",
      "assistant: They are round.",
    ]);
  });

  it("lets one agent take over from another without repeating what was said", () => {
    const question = said("user", "Refund please");
    const spans = [
      makeSpan("chain", { span_id: "flow", to: 2000 }),
      makeSpan("agent", { span_id: "a", parent_span_id: "flow", name: "triage", to: 300 }),
      makeSpan("llm", {
        parent_span_id: "a",
        messages_in: [question],
        messages_out: [said("assistant", "To billing.")],
      }),
      makeSpan("agent", {
        span_id: "b",
        parent_span_id: "flow",
        name: "billing",
        from: 400,
        to: 900,
      }),
      makeSpan("llm", {
        parent_span_id: "b",
        from: 410,
        messages_in: [question, said("assistant", "To billing.")],
        messages_out: [said("assistant", "Done.")],
      }),
    ];

    expect(sketch(read(spans))).toEqual([
      "user: Refund please",
      "agent triage",
      "assistant: To billing.",
      "agent billing",
      "assistant: Done.",
    ]);
  });

  it("reads a wrapper around one model call once, and a wrapper around several as a frame", () => {
    const once = [
      makeSpan("llm", {
        span_id: "outer",
        to: 500,
        messages_in: [said("user", "hi")],
        messages_out: [said("assistant", "ho")],
      }),
      makeSpan("llm", {
        parent_span_id: "outer",
        from: 10,
        messages_in: [said("user", "hi")],
        messages_out: [said("assistant", "ho")],
      }),
    ];

    expect(sketch(read(once))).toEqual(["user: hi", "assistant: ho"]);
  });

  it("takes a result from the next call's messages when the tool left no span", () => {
    const asked = said("assistant", calls("c9", "weather", { city: "Oslo" }));
    const spans = [
      makeSpan("agent", { span_id: "r", to: 900 }),
      makeSpan("llm", {
        parent_span_id: "r",
        messages_in: [said("user", "Rain?")],
        messages_out: [asked],
      }),
      makeSpan("llm", {
        parent_span_id: "r",
        from: 300,
        messages_in: [said("user", "Rain?"), asked, said("tool", answers("c9", "dry"))],
        messages_out: [said("assistant", "No.")],
      }),
    ];

    const card = read(spans).find((one) => one.type === "card");

    expect(card?.type === "card" && [card.card.result, card.node]).toEqual(["dry", null]);
  });

  it("shows input and output of a trace without any model call", () => {
    const spans = [makeSpan("chain", { name: "sort", input: "b a", output: "a b" })];

    expect(sketch(read(spans))).toEqual(["user: b a", "output: a b"]);
  });

  it("ends with an error that no block told of, and with what people thought", () => {
    const spans = [
      makeSpan("chain", {
        span_id: "top",
        to: 900,
        input: "x",
        status: "error",
        error_type: "KeyError",
      }),
      makeSpan("span", {
        parent_span_id: "top",
        name: "parse",
        status: "error",
        error_type: "KeyError",
        status_message: "'id'",
      }),
      makeSpan("llm", {
        parent_span_id: "top",
        from: 200,
        messages_in: [said("user", "x")],
        messages_out: [said("assistant", "y")],
      }),
    ];
    const score = {
      id: "s",
      project: "demo",
      name: "helpful",
      value: 1,
      label: null,
      comment: "quick, thank you",
      source: "end_user" as const,
      trace_id: null,
      span_id: null,
      session_id: null,
      created_at: at(40_900),
    };

    expect(sketch(read(spans, { scores: [score] })).slice(2)).toEqual([
      "error KeyError in parse 'id'",
      "up helpful from the user, 40 s later: “quick, thank you”",
    ]);
  });

  it("reads 20,000 spans whose calls all repeat what was said before", () => {
    const spans: Span[] = [makeSpan("agent", { span_id: "big", to: 4_000_000 })];
    for (let turn = 0; turn < 10_000; turn += 1) {
      const from = turn * 300;
      spans.push(
        makeSpan("llm", {
          parent_span_id: "big",
          from,
          input_preview: "go",
          output_preview: `step ${turn}`,
        }),
        makeSpan("tool", { parent_span_id: "big", name: "look", from: from + 150 }),
      );
    }

    const blocks = conversation(makeTrace(spans), buildTree(spans), new Map());

    expect(blocks).toHaveLength(20_001);
  });
});
