import { describe, expect, it } from "vitest";
import { calls, makeSpan, said } from "./factory";
import { messageKey, Threads } from "./threads";
import { buildTree, type Node } from "./tree";

describe("threads of a conversation", () => {
  const root = makeSpan("agent", { span_id: "root", from: 0, to: 900 });
  const ask = makeSpan("llm", { span_id: "ask", parent_span_id: "root", from: 10, to: 20 });
  const sub = makeSpan("agent", { span_id: "sub", parent_span_id: "root", from: 30, to: 800 });
  const below = makeSpan("llm", { span_id: "below", parent_span_id: "sub", from: 40, to: 50 });
  const tree = buildTree([root, ask, sub, below]);
  const node = (id: string) => tree.byId.get(id) as Node;

  it("moves a sub-agent in once the agent above it has spoken", () => {
    const threads = new Threads(tree, new Map());
    threads.of(node("ask")).begun = true;

    const inner = threads.of(node("below"));

    expect(inner.depth).toBe(1);
    expect(inner.nested).toBe(true);
    expect(threads.of(node("below"))).toBe(inner);
  });

  it("lets one agent take over from another that has not spoken", () => {
    const threads = new Threads(tree, new Map());
    const outer = threads.of(node("ask"));

    const inner = threads.of(node("below"));

    expect(inner.depth).toBe(outer.depth);
    expect(inner.said).toBe(outer.said);
  });

  it("tells messages apart by role, text and calls, whatever their ids and spaces", () => {
    const one = said("ai", "On  its way.", calls("c1", "lookup", { id: 1 }));
    const same = said("assistant", "On its way.", calls("c9", "lookup", { id: 1 }));

    expect(messageKey(one)).toBe(messageKey(same));
    expect(messageKey(said("user", "On its way."))).not.toBe(messageKey(same));
  });
});
