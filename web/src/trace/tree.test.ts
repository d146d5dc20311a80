import { describe, expect, it } from "vitest";
import { makeSpan } from "./factory";
import { instant } from "./model";
import { buildTree, foldedAll, unfoldedTo, visibleNodes } from "./tree";

describe("the tree of a trace", () => {
  it("puts siblings in order of time whatever order they came in", () => {
    const spans = [
      makeSpan("llm", { span_id: "c", parent_span_id: "a", from: 50 }),
      makeSpan("llm", { span_id: "b", parent_span_id: "a", from: 10 }),
      makeSpan("agent", { span_id: "a", from: 0, to: 200 }),
    ];

    const tree = buildTree(spans);

    expect(tree.nodes.map((node) => node.span.span_id)).toEqual(["a", "b", "c"]);
    expect(tree.nodes.map((node) => node.depth)).toEqual([0, 1, 1]);
    expect(tree.nodes[0]?.last).toBe(2);
  });

  it("makes a span without its parent a root that says so, after the true root", () => {
    const tree = buildTree([
      makeSpan("tool", { span_id: "lost", parent_span_id: "gone", from: 0 }),
      makeSpan("agent", { span_id: "root", from: 5 }),
    ]);

    expect(tree.roots.map((root) => root.span.span_id)).toEqual(["root", "lost"]);
    expect(tree.byId.get("lost")?.uprooted).toBe("missing parent");
  });

  it("cuts a cycle at its earliest span and keeps the others below it", () => {
    const tree = buildTree([
      makeSpan("span", { span_id: "x", parent_span_id: "y", from: 20 }),
      makeSpan("span", { span_id: "y", parent_span_id: "x", from: 10 }),
      makeSpan("span", { span_id: "z", parent_span_id: "x", from: 30 }),
      makeSpan("span", { span_id: "self", parent_span_id: "self", from: 40 }),
    ]);

    expect(tree.nodes).toHaveLength(4);
    expect(tree.roots.map((root) => root.span.span_id)).toEqual(["y", "self"]);
    expect(tree.byId.get("z")?.depth).toBe(2);
  });

  it("lists a span once when its id came twice", () => {
    const tree = buildTree([
      makeSpan("span", { span_id: "d" }),
      makeSpan("span", { span_id: "d" }),
    ]);

    expect(tree.nodes).toHaveLength(1);
  });

  it("lets an unfinished span run to the end of the trace", () => {
    const tree = buildTree([
      makeSpan("agent", { span_id: "open", from: 0, to: null }),
      makeSpan("llm", { parent_span_id: "open", from: 10, to: 90 }),
    ]);

    expect(tree.byId.get("open")?.unfinished).toBe(true);
    expect(tree.end - tree.start).toBe(90);
    expect(tree.byId.get("open")?.end).toBe(tree.end);
  });

  it("sums counted costs and errors upwards, and leaves unknown null", () => {
    const tree = buildTree([
      makeSpan("agent", { span_id: "a", to: 500 }),
      makeSpan("llm", {
        span_id: "outer",
        parent_span_id: "a",
        cost: { total: 0.5 },
        usage_counted: false,
      }),
      makeSpan("llm", {
        parent_span_id: "outer",
        cost: { total: 0.5 },
        usage: { input_tokens: 3, output_tokens: 4 },
      }),
      makeSpan("tool", { span_id: "t", parent_span_id: "a", status: "error" }),
    ]);

    expect(tree.byId.get("a")?.cost).toBe(0.5);
    expect(tree.byId.get("a")?.tokens).toBe(7);
    expect(tree.byId.get("a")?.errors).toBe(1);
    expect(tree.byId.get("t")?.cost).toBeNull();
  });

  it("hides what lies below a folded span and opens the way to a chosen one", () => {
    const tree = buildTree([
      makeSpan("agent", { span_id: "a", to: 900 }),
      makeSpan("chain", { span_id: "b", parent_span_id: "a", to: 800 }),
      makeSpan("llm", { span_id: "c", parent_span_id: "b" }),
      makeSpan("llm", { span_id: "d", parent_span_id: "a", from: 850 }),
    ]);
    const folded = foldedAll(tree);

    expect(visibleNodes(tree, folded).map((node) => node.span.span_id)).toEqual(["a", "b", "d"]);
    const target = tree.byId.get("c");
    expect(target && visibleNodes(tree, unfoldedTo(target, folded))).toHaveLength(4);
  });

  it("builds 20,000 spans, even when each is the child of the one before", () => {
    const spans = Array.from({ length: 20_000 }, (_, at) =>
      makeSpan("span", { span_id: `n${at}`, parent_span_id: at ? `n${at - 1}` : null, from: at }),
    );

    const tree = buildTree(spans);

    expect(tree.nodes.at(-1)?.depth).toBe(19_999);
  });

  it("keeps microseconds of a time", () => {
    expect(
      instant("2026-11-21T12:00:00.123456Z") - instant("2026-11-21T12:00:00.123Z"),
    ).toBeCloseTo(0.456, 3);
    expect(instant("2026-11-21T12:00:00Z")).toBe(Date.parse("2026-11-21T12:00:00Z"));
  });
});
