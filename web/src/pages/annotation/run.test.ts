import { expect, it } from "vitest";
import type { Span } from "../../trace/model";
import { below } from "./run";

function span(span_id: string, parent_span_id: string | null): Span {
  return { span_id, parent_span_id } as Span;
}

const SPANS = [span("c", "b"), span("a", null), span("b", "a"), span("d", "a"), span("e", "c")];

it("a run is its span as the root, with all that ran below it", () => {
  const found = below(SPANS, "b");
  expect(found.map((one) => one.span_id).sort()).toEqual(["b", "c", "e"]);
  expect(found[0]).toMatchObject({ span_id: "b", parent_span_id: null });
});

it("a run whose span never came is the whole trace, and a ring of parents ends", () => {
  expect(below(SPANS, "gone")).toHaveLength(SPANS.length);
  expect(below([span("x", "y"), span("y", "x")], "x")).toHaveLength(2);
});
