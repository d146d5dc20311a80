import { describe, expect, it } from "vitest";
import { align, delta, deltas } from "./align";
import { conversation } from "./conversation";
import { toMarkdown } from "./exports";
import { makeSpan, ticket } from "./factory";
import { Finder } from "./find";
import { stepGraph } from "./graph";
import type { Trace } from "./model";
import { errorPlace, readStack } from "./stacktrace";
import { buildTree } from "./tree";
import { wordDiff } from "./words";

describe("the difference of two texts", () => {
  it("keeps what both say and marks the rest by whole words", () => {
    expect(wordDiff("Shipping is not refunded.", "Shipping is refunded in full.")).toEqual([
      { text: "Shipping is ", side: "both" },
      { text: "not ", side: "a" },
      { text: "refunded", side: "both" },
      { text: " in full", side: "b" },
      { text: ".", side: "both" },
    ]);
  });

  it("reads a rewritten sentence as one change", () => {
    expect(wordDiff("a b c", "x y z").map((piece) => piece.side)).toEqual(["a", "b"]);
    expect(wordDiff("", "new")).toEqual([{ text: "new", side: "b" }]);
    expect(wordDiff("same", "same")).toEqual([{ text: "same", side: "both" }]);
  });

  it("gives up on two texts too large to compare, without losing either", () => {
    const [a, b] = ["a ".repeat(9000), "b ".repeat(9000)];

    expect(wordDiff(a, b).map((piece) => piece.text.length)).toEqual([a.length, b.length]);
  });
});

describe("two traces side by side", () => {
  it("matches steps by name and order and tells what only one has", () => {
    const shorter = ticket().filter((span) => !["try1", "post1"].includes(span.span_id));

    const rows = align(buildTree(ticket()), buildTree(shorter));

    expect(
      rows.filter((row) => row.differs.includes("only a")).map((row) => row.a?.span.span_id),
    ).toHaveLength(2);
    expect(rows.filter((row) => row.a && row.b)).toHaveLength(14);
  });

  it("matches the attempt that worked with the one that worked", () => {
    const shorter = ticket().filter((span) => !["try1", "post1"].includes(span.span_id));

    const rows = align(buildTree(ticket()), buildTree(shorter));

    const alone = rows.filter((row) => row.b === null).map((row) => row.a?.span.span_id);
    expect(alone).toEqual(["try1", "post1"]);
  });

  it("matches model calls whose model changed", () => {
    const one = buildTree([makeSpan("llm", { name: "chat a", model: "a" })]);
    const other = buildTree([makeSpan("llm", { name: "chat b", model: "b" })]);

    expect(align(one, other)[0]?.differs).toEqual(["model"]);
  });

  it("leaves a delta unknown when one side is", () => {
    expect(delta(null, 3).by).toBeNull();
    expect(delta(2, 3)).toEqual({ a: 2, b: 3, by: 1, share: 0.5 });
    const [row] = align(buildTree(ticket()), buildTree(ticket()));
    expect(row && deltas(row).duration.by).toBe(0);
  });

  it("matches levels of thousands of spans", () => {
    const wide = () => [
      makeSpan("agent", { span_id: "top", to: 90_000 }),
      ...Array.from({ length: 5000 }, (_, n) =>
        makeSpan("tool", { parent_span_id: "top", name: `t${n % 7}`, from: n * 10 }),
      ),
    ];
    const longer = [...wide(), makeSpan("tool", { parent_span_id: "top", name: "odd", from: 5 })];

    expect(
      align(buildTree(wide()), buildTree(longer)).filter((row) => row.a && row.b),
    ).toHaveLength(5001);
  });
});

const PYTHON = `Traceback (most recent call last):
  File "/srv/agents/support/graph.py", line 118, in run_tools
    result = await tool.ainvoke(call.args)
  File "/srv/agents/support/tools.py", line 64, in create_replacement
    r = await orders.post("/replacements",
        ^^^^^^^^^^^
  File "/venv/lib/python3.12/site-packages/httpx/_client.py", line 1, in post
    return await self.request()
  File "/venv/lib/python3.12/site-packages/anyio/_core.py", line 9, in wait
    await x
httpx.ReadTimeout: timed out`;

describe("a stack trace", () => {
  it("folds the frames of libraries and marks the program's own last line", () => {
    const lines = readStack(PYTHON, true);

    expect(lines.map((line) => line.type)).toEqual(["frame", "frame", "libraries", "text"]);
    expect(lines[2]?.type === "libraries" && lines[2].names).toEqual(["httpx", "anyio"]);
    expect(errorPlace(PYTHON)).toBe("agents/support/tools.py:64");
  });

  it("shows every frame when asked, and when all are a library's", () => {
    expect(readStack(PYTHON, false).filter((line) => line.type === "frame")).toHaveLength(4);
    const foreign = 'File "/x/site-packages/a/b.py", line 1, in c';
    expect(readStack(foreign, true)[0]?.type).toBe("frame");
  });

  it("reads JavaScript, newest frame first", () => {
    const text = `TypeError: x is undefined
    at run (/app/src/agent.ts:12:9)
    at async /app/node_modules/ai/dist/index.js:400:3`;

    expect(errorPlace(text)).toBe("app/src/agent.ts:12");
  });

  it("keeps text that is no stack trace", () => {
    expect(readStack("something odd", true)).toEqual([
      { type: "text", text: "something odd", error: false },
    ]);
  });
});

describe("search within a trace", () => {
  it("finds spans by name, error and payload, all words together", () => {
    const spans = ticket();
    const tree = buildTree(spans);
    const finder = new Finder(tree, new Map(spans.map((span) => [span.span_id, span])));

    const found = (asked: string) => finder.find(asked).map((node) => node.span.span_id);

    expect(found("timeouterror post")).toEqual(["try1", "post1"]);
    expect(found("R-90417")).toEqual(["try2", "llm3"]);
    expect(found("  ")).toEqual([]);
  });
});

describe("the graph of steps", () => {
  it("counts equal steps and marks the way back as a loop", () => {
    const graph = stepGraph(buildTree(ticket()));

    const model = graph.nodes.find((node) => node.kind === "llm");
    expect(model?.spans).toHaveLength(3);
    expect(graph.nodes.map((node) => node.name)).toEqual([
      ...["start", "pii_check", "claude-sonnet-4-5", "get_order", "search_policies"],
      ...["create_replacement", "tone_check", "end"],
    ]);
    expect(
      graph.edges.filter((edge) => edge.back).map((edge) => edge.from.split(" ").at(-1)),
    ).toEqual([...["get_order", "search_policies", "create_replacement", "create_replacement"]]);
  });

  it("forks where steps ran side by side", () => {
    const graph = stepGraph(buildTree(ticket()));
    const layer = (name: string) => graph.nodes.find((node) => node.name === name)?.layer;

    expect(layer("get_order")).toBe(layer("search_policies"));
    expect(graph.width).toBeGreaterThan(1);
  });

  it("draws plain spans when there is no other step", () => {
    const graph = stepGraph(
      buildTree([
        makeSpan("chain", { span_id: "c", to: 500 }),
        makeSpan("span", { parent_span_id: "c", name: "parse" }),
        makeSpan("span", { parent_span_id: "c", name: "store", from: 200 }),
      ]),
    );

    expect(graph.nodes.map((node) => node.name)).toEqual(["start", "parse", "store", "end"]);
  });
});

describe("a trace as Markdown", () => {
  it("tells the conversation with its figures, attempts and documents", () => {
    const spans = ticket();
    const tree = buildTree(spans);
    const trace = {
      ...spans[0],
      trace_id: "t1",
      models: [],
      kinds: [],
      tools: [],
      scores: null,
    } as unknown as Trace;
    const payloads = new Map(spans.map((span) => [span.span_id, span]));

    const text = toMarkdown(trace, conversation(trace, tree, payloads));

    expect(text).toContain("# answer_ticket");
    expect(text).toContain("## Assistant · claude-sonnet-4-5 · 2.91 s · 1,842 → 214 · $0.0046");
    expect(text).toContain(
      "Attempt 1 failed: TimeoutError: POST /replacements gave no answer in 5.00 s",
    );
    expect(text).toContain("1. **Damaged in transit** 0.9");
  });
});
