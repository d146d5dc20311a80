/**
 * The steps of an agent as a graph: equal steps are one node, what followed what is an edge, both
 * with counts. Steps that ran side by side fork from the step before and join in the one after.
 */
import type { Kind } from "./model";
import type { Node, Tree } from "./tree";

export interface StepNode {
  key: string;
  kind: Kind;
  name: string;
  spans: Node[];
  errors: number;
  ms: number;
  cost: number | null;
  /** Place in the drawing. */
  layer: number;
  column: number;
}

export interface StepEdge {
  from: string;
  to: string;
  count: number;
  /** Goes back to a step that came before: part of a loop. */
  back: boolean;
}

export interface StepGraph {
  nodes: StepNode[];
  edges: StepEdge[];
  layers: number;
  /** Most nodes in one layer. */
  width: number;
  /** How often a loop was taken, over all loops. */
  loops: number;
}

export const START = "start";
export const END = "end";

const STEPS = new Set([
  "llm",
  "tool",
  "retriever",
  "agent",
  "guardrail",
  "evaluator",
  "reranker",
  "embedding",
]);

/** Whether what lies below a step is shown as steps too. */
function opens(node: Node, holdsSteps: Uint8Array): boolean {
  if (node.span.kind === "agent") return true;
  return node.span.kind === "tool" && holdsSteps[node.index] === 1;
}

interface Visit {
  node: Node;
  key: string;
}

/** The spans that count as steps, each with the name of its node. */
function visits(tree: Tree): Visit[] {
  const holdsModel = new Uint8Array(tree.nodes.length);
  let any = false;
  for (let at = tree.nodes.length - 1; at >= 0; at -= 1) {
    const node = tree.nodes[at] as Node;
    if (STEPS.has(node.span.kind)) any = true;
    const model = node.span.kind === "llm" || node.span.kind === "agent";
    if (node.parent && (model || holdsModel[at])) holdsModel[node.parent.index] = 1;
  }
  const found: Visit[] = [];
  const scopes = new Map<Node, string>();
  for (let at = 0; at < tree.nodes.length; ) {
    const node = tree.nodes[at] as Node;
    const scope = node.parent ? (scopes.get(node.parent) ?? "") : "";
    const isStep = any
      ? STEPS.has(node.span.kind)
      : node.parent !== null || tree.nodes.length === 1;
    const isFrame = node.parent === null && node.span.kind === "agent" && node.children.length > 0;
    if (!isStep || isFrame) {
      scopes.set(node, scope);
      at += 1;
      continue;
    }
    const name = stepName(node);
    found.push({ node, key: `${scope}/${node.span.kind} ${name}` });
    scopes.set(node, node.span.kind === "agent" ? `${scope}/${name}` : scope);
    at = opens(node, holdsModel) || isModelFrame(node, holdsModel) ? at + 1 : node.last + 1;
  }
  return found.filter(({ node }) => !isModelFrame(node, holdsModel));
}

/** A model call around other model calls: those are the steps. */
function isModelFrame(node: Node, holdsModel: Uint8Array): boolean {
  return node.span.kind === "llm" && holdsModel[node.index] === 1;
}

function stepName(node: Node): string {
  const { kind, model, name, tool_name: tool } = node.span;
  if (kind === "llm") return model || name;
  return (kind === "tool" && tool) || name;
}

/** Groups of steps that ran side by side, in order of time. */
function waves(found: Visit[]): Visit[][] {
  const groups: Visit[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const visit of [...found].sort((a, b) => a.node.start - b.node.start)) {
    const group = groups.at(-1);
    const frame = group?.some(({ node }) => isAround(node, visit.node));
    if (group && visit.node.start < end - 0.5 && !frame) {
      group.push(visit);
      end = Math.max(end, visit.node.end);
    } else {
      groups.push([visit]);
      end = visit.node.end;
    }
  }
  return groups;
}

function isAround(outer: Node, inner: Node): boolean {
  return inner.index > outer.index && inner.index <= outer.last;
}

export function stepGraph(tree: Tree): StepGraph {
  const found = visits(tree);
  const nodes = new Map<string, StepNode>();
  nodes.set(START, emptyStep(START));
  for (const { node, key } of found) {
    const step = nodes.get(key) ?? emptyStep(key, node);
    step.spans.push(node);
    if (node.span.status === "error") step.errors += 1;
    step.ms += node.end - node.start;
    if (node.cost !== null) step.cost = (step.cost ?? 0) + node.cost;
    nodes.set(key, step);
  }
  nodes.set(END, emptyStep(END));
  const edges = new Map<string, StepEdge>();
  const join = (from: string, to: string) => {
    const edge = edges.get(`${from} → ${to}`) ?? { from, to, count: 0, back: false };
    edge.count += 1;
    edges.set(`${from} → ${to}`, edge);
  };
  let before: string[] = [START];
  for (const wave of waves(found)) {
    const now = [...new Set(wave.map((visit) => visit.key))];
    for (const from of before) for (const to of now) join(from, to);
    before = now;
  }
  for (const from of before) join(from, END);
  return laidOut([...nodes.values()], [...edges.values()]);
}

function emptyStep(key: string, node?: Node): StepNode {
  return {
    key,
    kind: node?.span.kind ?? "event",
    name: node ? stepName(node) : key,
    spans: [],
    errors: 0,
    ms: 0,
    cost: null,
    layer: 0,
    column: 0,
  };
}

/** Layers by the longest way from the start, with edges to earlier steps left out as going back. */
function laidOut(nodes: StepNode[], edges: StepEdge[]): StepGraph {
  const order = new Map(nodes.map((node, at) => [node.key, at]));
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  for (const edge of edges)
    edge.back = (order.get(edge.to) as number) <= (order.get(edge.from) as number);
  for (const node of nodes) {
    for (const edge of edges) {
      if (edge.back || edge.from !== node.key) continue;
      const to = byKey.get(edge.to) as StepNode;
      to.layer = Math.max(to.layer, node.layer + 1);
    }
  }
  const filled: number[] = [];
  const end = byKey.get(END) as StepNode;
  end.layer = Math.max(...nodes.filter((node) => node !== end).map((node) => node.layer)) + 1;
  for (const node of nodes) {
    node.column = filled[node.layer] ?? 0;
    filled[node.layer] = node.column + 1;
  }
  return {
    nodes,
    edges,
    layers: end.layer + 1,
    width: Math.max(...filled.map((one) => one ?? 0)),
    loops: edges.reduce((sum, edge) => sum + (edge.back ? edge.count : 0), 0),
  };
}
