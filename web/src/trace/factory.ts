/** Spans for the tests: `makeSpan("llm", …)` with sensible defaults and a clock that starts at noon. */
import { type Kind, type Message, type Part, type Span, timeAt } from "./model";

let made = 0;
const NOON = Date.parse("2026-11-21T12:00:00Z");

/** The time so many milliseconds after noon, with microseconds as the API writes them. */
export function at(ms: number): string {
  return timeAt(NOON + ms);
}

export interface SpanChoice extends Partial<Omit<Span, "start_time" | "end_time">> {
  from?: number;
  to?: number | null;
}

export function makeSpan(kind: Kind, choice: SpanChoice = {}): Span {
  made += 1;
  const { from = 0, to = from + 100, ...rest } = choice;
  return {
    trace_id: "0123456789abcdef0123456789abcdef",
    span_id: `span-${made}`,
    parent_span_id: null,
    project: "demo",
    name: kind,
    kind,
    start_time: at(from),
    end_time: to === null ? null : at(to),
    duration_ms: to === null ? null : to - from,
    first_token_time: null,
    time_to_first_token_ms: null,
    status: "ok",
    status_message: null,
    error_type: null,
    model: null,
    provider: null,
    usage: null,
    cost: null,
    session_id: null,
    user_id: null,
    tags: null,
    metadata: null,
    environment: null,
    release: null,
    ...rest,
  };
}

export function said(role: string, ...parts: (Part | string)[]): Message {
  return {
    role,
    parts: parts.map((part) => (typeof part === "string" ? { type: "text", text: part } : part)),
  };
}

export function calls(id: string, name: string, args: unknown): Part {
  return { type: "tool_call", id, name, arguments: args };
}

export function answers(id: string, result: unknown): Part {
  return { type: "tool_result", id, result };
}

/** The trace of the pictures: one ticket, three model calls, a tool that works at its second attempt. */
export function ticket(): Span[] {
  const below = (parent: string, kind: Kind, choice: SpanChoice) =>
    makeSpan(kind, { parent_span_id: parent, ...choice });
  const model = "claude-sonnet-4-5";
  const question = said("user", "My order 48213 arrived with a cracked lid.");
  const first = said(
    "assistant",
    { type: "reasoning", text: "The lid broke in transit." },
    calls("c1", "get_order", { order_id: "48213" }),
    calls("c2", "search_policies", { query: "replacement window" }),
  );
  const found = said("tool", answers("c1", { status: "delivered" }), answers("c2", "3 policies"));
  const second = said("assistant", calls("c3", "create_replacement", { sku: "LID-3L-BLU" }));
  const done = said("tool", answers("c3", { replacement_id: "R-90417" }));
  const system = said("system", "You are the support agent.");
  const docs = ["Damaged in transit", "Spare parts and lids", "Returns of opened items"].map(
    (title, at) => ({
      id: `d${at}`,
      content: `${title} …`,
      score: 0.9 - at * 0.2,
      metadata: { title },
    }),
  );
  return [
    makeSpan("agent", { span_id: "root", name: "answer_ticket", from: 0, to: 16_400 }),
    below("root", "guardrail", {
      span_id: "pii",
      name: "pii_check",
      from: 10,
      to: 136,
      output_preview: "passed, nothing redacted",
    }),
    below("root", "llm", {
      span_id: "llm1",
      name: `chat ${model}`,
      model,
      from: 140,
      to: 3050,
      time_to_first_token_ms: 640,
      messages_in: [system, question],
      messages_out: [first],
      cost: { total: 0.0046 },
      usage: { input_tokens: 1842, output_tokens: 214, reasoning_tokens: 148 },
    }),
    below("root", "tool", {
      span_id: "order",
      name: "get_order",
      tool_name: "get_order",
      tool_call_id: "c1",
      from: 3060,
      to: 3474,
      input: { order_id: "48213" },
      output: { status: "delivered" },
    }),
    below("order", "span", { span_id: "get", name: "GET /orders/48213", from: 3065, to: 3465 }),
    below("root", "retriever", {
      span_id: "search",
      name: "search_policies",
      from: 3062,
      to: 3894,
      input: "replacement window damaged on arrival",
      documents: docs,
    }),
    below("search", "embedding", {
      span_id: "embed",
      name: "text-embedding-3-small",
      from: 3065,
      to: 3251,
    }),
    below("search", "span", { span_id: "vector", name: "vector search", from: 3255, to: 3441 }),
    below("search", "reranker", {
      span_id: "rerank",
      name: "rerank-v3.5",
      from: 3445,
      to: 3873,
      cost: { total: 0.002 },
      usage: { input_tokens: 900 },
    }),
    below("root", "llm", {
      span_id: "llm2",
      name: `chat ${model}`,
      model,
      from: 4050,
      to: 6470,
      time_to_first_token_ms: 700,
      messages_in: [system, question, first, found],
      messages_out: [second],
      cost: { total: 0.0073 },
    }),
    below("root", "tool", {
      span_id: "try1",
      name: "create_replacement",
      tool_name: "create_replacement",
      tool_call_id: "c3",
      from: 6480,
      to: 11_490,
      status: "error",
      error_type: "TimeoutError",
      status_message: "POST /replacements gave no answer in 5.00 s",
      input: { sku: "LID-3L-BLU" },
    }),
    below("try1", "span", {
      span_id: "post1",
      name: "POST /replacements",
      from: 6485,
      to: 11_485,
      status: "error",
      error_type: "TimeoutError",
      status_message: "POST /replacements gave no answer in 5.00 s",
    }),
    below("root", "tool", {
      span_id: "try2",
      name: "create_replacement",
      tool_name: "create_replacement",
      tool_call_id: "c3",
      from: 12_500,
      to: 13_136,
      input: { sku: "LID-3L-BLU" },
      output: { replacement_id: "R-90417" },
    }),
    below("try2", "span", {
      span_id: "post2",
      name: "POST /replacements",
      from: 12_505,
      to: 13_129,
    }),
    below("root", "llm", {
      span_id: "llm3",
      name: `chat ${model}`,
      model,
      from: 13_140,
      to: 16_320,
      time_to_first_token_ms: 590,
      messages_in: [system, question, first, found, second, done],
      messages_out: [
        said("assistant", "Yes. Damage is covered for 60 days [1]. A new lid is free [2]."),
      ],
      cost: { total: 0.0091 },
    }),
    below("root", "guardrail", {
      span_id: "tone",
      name: "tone_check",
      from: 16_325,
      to: 16_391,
      output_preview: "passed",
    }),
  ];
}
