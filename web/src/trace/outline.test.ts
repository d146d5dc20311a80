import { describe, expect, it } from "vitest";
import { at } from "./factory";
import type { Trace } from "./model";
import { detailOf, type Few, type Outline, putPreviews } from "./outline";
import { buildTree } from "./tree";

const trace = {
  trace_id: "t1",
  project: "demo",
  start_time: at(0),
  scores: [{ id: "s1", span_id: "call", name: "q", value: 1 }],
} as Trace;

const none: Few<never> = { spans: [], values: [] };

const columns: Outline["columns"] = {
  span_id: ["root", "call", "late"],
  outside: ["", "lost"],
  parent: [3, 0, 4],
  names: ["ask", "chat"],
  name: [0, 1, 1],
  kinds: ["agent", "llm"],
  kind: [0, 1, 1],
  statuses: ["unset", "ok"],
  status: [0, 1, 1],
  start_time: at(0.25),
  start_us: [0, 5001, 7000],
  duration_us: [0, 20_500, 0],
  running: [0],
  repeated: [2],
  status_message: none,
  error_type: none,
  model: { spans: [1], values: ["gpt"] },
  tool_name: none,
  tool_call_id: none,
  user_id: none,
  first_token_us: none,
  input_tokens: { spans: [1], values: [12] },
  output_tokens: none,
  total_tokens: none,
  cost_total: { spans: [1], values: [0] },
};

describe("spans out of columns", () => {
  const { spans, previewsApart } = detailOf({ trace, columns });

  it("gives each span what its columns say, and null for what they leave out", () => {
    expect(spans[1]).toMatchObject({
      span_id: "call",
      parent_span_id: "root",
      name: "chat",
      kind: "llm",
      status: "ok",
      start_time: at(5.251),
      duration_ms: 20.5,
      model: "gpt",
      error_type: null,
    });
  });

  it("names parents that are not there, and none for a root", () => {
    expect(spans.map((span) => span.parent_span_id)).toEqual([null, "root", "lost"]);
  });

  it("keeps unknown apart from zero", () => {
    expect(spans[0]?.usage).toBeNull();
    expect(spans[1]?.usage).toEqual({
      input_tokens: 12,
      output_tokens: null,
      total_tokens: null,
    });
    expect(spans[0]?.cost).toBeNull();
    expect(spans[1]?.cost).toEqual({ total: 0 });
    expect(spans.map((span) => span.usage_counted)).toEqual([true, true, false]);
  });

  it("puts scores of the trace to the span that they are of", () => {
    expect(spans.map((span) => span.scores?.length ?? 0)).toEqual([0, 1, 0]);
  });

  it("leaves a span without a duration running until the end of the trace", () => {
    const [root] = buildTree(spans).roots;

    expect(root?.unfinished).toBe(true);
    expect(root && root.end - root.start).toBeCloseTo(25.501);
  });

  it("takes previews that come with it or apart", () => {
    const given = { spans: [1], values: ["Where is it?"] };
    const whole = detailOf({ trace, columns: { ...columns, input_preview: given } });
    const said = {
      span_id: ["gone", "call"],
      input_preview: ["", "Who?"],
      output_preview: ["", ""],
    };
    putPreviews(buildTree(spans).byId, said);

    expect([previewsApart, whole.previewsApart]).toEqual([true, false]);
    expect(whole.spans[1]?.input_preview).toBe("Where is it?");
    expect(spans[1]).toMatchObject({ input_preview: "Who?", output_preview: null });
  });
});
