import { describe, expect, it } from "vitest";
import { at } from "./factory";
import type { Trace } from "./model";
import { detailOf, type Outline } from "./outline";
import { buildTree } from "./tree";

const trace = {
  trace_id: "t1",
  project: "demo",
  start_time: at(0),
  scores: [{ id: "s1", span_id: "call", name: "q", value: 1 }],
} as Trace;

const columns: Outline["columns"] = {
  span_id: ["root", "call"],
  parent_span_id: [null, "root"],
  name: ["ask", "chat"],
  kind: ["agent", "llm"],
  start_time: [at(0), at(5)],
  duration_ms: [null, 20.5],
  status: ["unset", "ok"],
  "usage.input_tokens": [null, 12],
  "cost.total": [null, 0],
  input_preview: [null, "Where is it?"],
};

describe("spans out of columns", () => {
  const { spans } = detailOf({ trace, columns });

  it("gives each span what its columns say, and null for columns left out", () => {
    expect(spans[1]).toMatchObject({
      span_id: "call",
      parent_span_id: "root",
      kind: "llm",
      duration_ms: 20.5,
      input_preview: "Where is it?",
      output_preview: null,
      error_type: null,
    });
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
  });

  it("puts scores of the trace to the span that they are of", () => {
    expect(spans.map((span) => span.scores?.length ?? 0)).toEqual([0, 1]);
  });

  it("leaves a span without a duration running until the end of the trace", () => {
    const [root] = buildTree(spans).roots;

    expect(root?.unfinished).toBe(true);
    expect(root && root.end - root.start).toBeCloseTo(25.5);
  });
});
