import { describe, expect, it } from "vitest";
import { makeSpan } from "./factory";
import { buildTree, type Node } from "./tree";
import { hasCallsBelow, holds, isWrapper } from "./wrappers";

const outer = (counted = true) =>
  makeSpan("llm", { span_id: "outer", from: 0, to: 90, usage_counted: counted });
const inner = (kind: "llm" | "tool", id: string, from: number) =>
  makeSpan(kind, { span_id: id, parent_span_id: "outer", from, to: from + 5 });
const first = (...spans: Parameters<typeof buildTree>[0]) => {
  const tree = buildTree(spans);
  return [tree.byId.get("outer") as Node, tree] as const;
};

describe("a model call around other spans", () => {
  it("frames several calls, and a call whose usage it only repeats", () => {
    expect(isWrapper(...first(outer(), inner("llm", "a", 1), inner("llm", "b", 10)))).toBe(true);
    expect(isWrapper(...first(outer(false), inner("llm", "a", 1)))).toBe(true);
    expect(isWrapper(...first(outer(), inner("llm", "a", 1)))).toBe(false);
  });

  it("has calls below it until another model is asked", () => {
    expect(hasCallsBelow(...first(outer(), inner("tool", "t", 1)))).toBe(true);
    expect(hasCallsBelow(...first(outer(), inner("llm", "a", 1), inner("tool", "t", 9)))).toBe(
      false,
    );
  });

  it("tells which spans hold a model", () => {
    const [node, tree] = first(outer(), inner("llm", "a", 1));

    expect(holds(tree, (one) => one.span.kind === "llm")[node.index]).toBe(1);
  });
});
