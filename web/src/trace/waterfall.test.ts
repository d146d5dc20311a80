import { describe, expect, it } from "vitest";
import { attempts } from "./attempts";
import { makeSpan, ticket } from "./factory";
import { criticalPath } from "./path";
import { rootCause } from "./rootcause";
import { buildTree, foldedAll, type Node, visibleNodes } from "./tree";
import { gapsByRow, joints, overview, panned, rowsOf, timeTicks, zoomed } from "./waterfall";
import { whereTimeWent } from "./went";

const ids = (nodes: Iterable<Node>) => [...nodes].map((node) => node.span.span_id);

describe("the critical path", () => {
  it("follows what was waited for and leaves out what ran beside it", () => {
    const tree = buildTree(ticket());

    const path = criticalPath(tree);

    expect(ids(tree.nodes.filter((node) => !path.on.has(node)))).toEqual(["order", "get"]);
  });

  it("fills the whole time of the trace without overlap", () => {
    const tree = buildTree(ticket());

    const { steps } = criticalPath(tree);

    expect(steps.reduce((sum, step) => sum + step.to - step.from, 0)).toBeCloseTo(16_400, 1);
    for (let at = 1; at < steps.length; at += 1) {
      expect(steps[at]?.from).toBeCloseTo(steps[at - 1]?.to ?? 0, 3);
    }
  });

  it("finds the gaps in which nothing ran, and tells a back-off from other waits", () => {
    const { gaps } = criticalPath(buildTree(ticket()));

    expect(gaps.map((gap) => [Math.round(gap.to - gap.from), gap.backOff])).toEqual([
      [156, false],
      [1010, true],
    ]);
    expect(gaps.map((gap) => gap.next?.span.span_id)).toEqual(["llm2", "try2"]);
  });

  it("waits for what a span started and left running", () => {
    const tree = buildTree([
      makeSpan("agent", { span_id: "a", to: 100 }),
      makeSpan("tool", { span_id: "late", parent_span_id: "a", from: 50, to: 900 }),
    ]);

    const path = criticalPath(tree);

    expect(ids(path.on)).toEqual(["a", "late"]);
    expect(path.steps.at(-1)?.node?.span.span_id).toBe("late");
  });

  it("takes 20,000 spans in one go, side by side or one in the other", () => {
    const flat = [
      makeSpan("agent", { span_id: "top", to: 400_000 }),
      ...Array.from({ length: 20_000 }, (_, n) =>
        makeSpan("tool", { parent_span_id: "top", from: n * 20, to: n * 20 + 10 }),
      ),
    ];

    const tree = buildTree(flat);
    const path = criticalPath(tree);
    whereTimeWent(tree, path);
    joints(tree, path, rowsOf(tree, tree.nodes));

    expect(path.on.size).toBe(20_001);
  });
});

describe("rows of the waterfall", () => {
  it("joins the steps of the path, with dashes over waits", () => {
    const tree = buildTree(ticket());
    const path = criticalPath(tree);

    const found = joints(tree, path, rowsOf(tree, tree.nodes));

    const name = (row: number) => tree.nodes[row]?.span.span_id;
    expect(found.map((joint) => [name(joint.fromRow), name(joint.toRow), joint.waits])).toEqual([
      ["pii", "llm1", false],
      ["llm1", "embed", false],
      ["embed", "vector", false],
      ["vector", "rerank", false],
      ["rerank", "llm2", true],
      ["llm2", "post1", false],
      ["post1", "post2", true],
      ["post2", "llm3", false],
      ["llm3", "tone", false],
    ]);
  });

  it("moves joints and gaps to the row under which a span is folded", () => {
    const tree = buildTree(ticket());
    const path = criticalPath(tree);
    const visible = visibleNodes(tree, foldedAll(tree));
    const rows = rowsOf(tree, visible);

    const found = joints(tree, path, rows);

    const name = (row: number) => visible[row]?.span.span_id;
    expect(found.map((joint) => name(joint.toRow))).toEqual([
      "llm1",
      "search",
      "llm2",
      "try1",
      "try2",
      "llm3",
      "tone",
    ]);
    expect([...gapsByRow(path, rows).keys()].map(name)).toEqual(["llm2", "try2"]);
  });

  it("labels its axis with round times of one unit", () => {
    expect(timeTicks({ from: 0, to: 17_000 }, 9).map((tick) => tick.label)).toEqual([
      ...["0 s", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s", "14 s", "16 s"],
    ]);
    expect(timeTicks({ from: 300, to: 700 }, 5).map((tick) => tick.label)).toEqual([
      ...["300 ms", "400 ms", "500 ms", "600 ms", "700 ms"],
    ]);
    expect(timeTicks({ from: 0, to: 0 }, 5)).toHaveLength(1);
  });

  it("zooms about a moment and never leaves the trace", () => {
    const whole = { from: 0, to: 1000 };

    expect(zoomed(whole, whole, 0.5, 0)).toEqual({ from: 0, to: 500 });
    expect(zoomed({ from: 0, to: 500 }, whole, 4)).toEqual(whole);
    expect(panned({ from: 800, to: 900 }, whole, 500)).toEqual({ from: 900, to: 1000 });
  });

  it("draws the overview of 20,000 spans with a bounded number of strokes", () => {
    const spans = Array.from({ length: 20_000 }, (_, n) => makeSpan("tool", { from: n * 7 }));

    expect(overview(buildTree(spans), 16, 300).length).toBeLessThan(5000);
  });
});

describe("where the time went", () => {
  it("names models, failures, retries, retrieval and waits", () => {
    const tree = buildTree(ticket());

    const found = whereTimeWent(tree, criticalPath(tree));

    expect(found.map((share) => [share.label, Math.round(share.ms)])).toEqual([
      ["Models, 3 calls", 8510],
      ["create_replacement, timed out", 5010],
      ["create_replacement, retry", 636],
      ["Retrieval", 832],
      ["Waiting", 1166],
      ["Other", 246],
    ]);
    expect(found.reduce((sum, share) => sum + share.share, 0)).toBeCloseTo(1, 3);
  });
});

describe("the root cause", () => {
  it("is the deepest failed span, called by its tool, and knows of the retry", () => {
    const cause = rootCause(buildTree(ticket()));

    expect(cause?.node.span.span_id).toBe("post1");
    expect(cause?.within.span.span_id).toBe("try1");
    expect(cause?.title).toBe("TimeoutError");
    expect(cause?.recovered).toBe("by retry");
  });

  it("follows the error that reached the root, past those that were handled", () => {
    const error = { status: "error" as const };
    const tree = buildTree([
      makeSpan("agent", { span_id: "a", to: 900, error_type: "KeyError", ...error }),
      makeSpan("tool", {
        span_id: "no",
        parent_span_id: "a",
        from: 1,
        error_type: "Timeout",
        ...error,
      }),
      makeSpan("tool", {
        span_id: "yes",
        parent_span_id: "a",
        from: 300,
        error_type: "KeyError",
        ...error,
      }),
      makeSpan("tool", {
        span_id: "after",
        parent_span_id: "a",
        from: 500,
        error_type: "Other",
        ...error,
      }),
    ]);

    const cause = rootCause(tree);

    expect(cause?.node.span.span_id).toBe("yes");
    expect(cause?.recovered).toBeNull();
  });

  it("says fallback when another model answered", () => {
    const tree = buildTree([
      makeSpan("agent", { span_id: "a", to: 900 }),
      makeSpan("llm", { parent_span_id: "a", name: "chat big", status: "error" }),
      makeSpan("llm", { parent_span_id: "a", name: "chat small", from: 200 }),
    ]);

    expect(rootCause(tree)?.recovered).toBe("by fallback");
  });

  it("is null in a trace without errors", () => {
    expect(rootCause(buildTree([makeSpan("llm")]))).toBeNull();
  });
});

describe("attempts", () => {
  it("numbers a failed call and its retry, and nothing else", () => {
    const found = attempts(buildTree(ticket()));

    expect([...found].map(([id, attempt]) => [id, attempt.number])).toEqual([
      ["try1", 1],
      ["try2", 2],
    ]);
  });

  it("does not call a call with other arguments a retry", () => {
    const tree = buildTree([
      makeSpan("tool", { span_id: "a", name: "find", input_preview: "x", status: "error" }),
      makeSpan("tool", { span_id: "b", name: "find", input_preview: "y", from: 300 }),
    ]);

    expect(attempts(tree).size).toBe(0);
  });
});
