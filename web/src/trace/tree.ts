/**
 * The tree of a trace, from spans in any order.
 *
 * Spans whose parent never came become roots of their own and say so; a cycle of parents is cut at
 * its earliest span. Nothing here recurses: an agent may nest ten thousand deep.
 */
import { instant, type Span } from "./model";

export interface Node {
  span: Span;
  parent: Node | null;
  children: Node[];
  depth: number;
  /** Place in the order of reading (parents before children, siblings by time). */
  index: number;
  /** Index of the last span below this one; its own index when there is none. */
  last: number;
  /** Milliseconds since 1970; an unfinished span ends where the trace ends. */
  start: number;
  end: number;
  unfinished: boolean;
  /** Why a span that names a parent stands at the top all the same. */
  uprooted: "missing parent" | "cycle" | null;
  /** Errors in and below this span. */
  errors: number;
  /** Sum of what is counted in and below this span; null when nothing is known. */
  cost: number | null;
  tokens: number | null;
}

export interface Tree {
  roots: Node[];
  /** All spans in the order of reading. */
  nodes: Node[];
  byId: Map<string, Node>;
  start: number;
  end: number;
  /** Previews of inputs and outputs are still on their way. */
  withoutPreviews?: boolean;
}

function newNode(span: Span, index: number): Node {
  const start = span.start_ms ?? instant(span.start_time);
  const length = span.duration_ms;
  return {
    span,
    parent: null,
    children: [],
    depth: 0,
    index,
    last: 0,
    start,
    end: length === null ? start : start + Math.max(0, length),
    unfinished: length === null,
    uprooted: null,
    errors: 0,
    cost: null,
    tokens: null,
  };
}

function byStart(a: Node, b: Node): number {
  return a.start - b.start || b.end - a.end || (a.span.span_id < b.span.span_id ? -1 : 1);
}

/** They come as they started, so only what started at once may have to change places. */
function isSorted(nodes: Node[]): boolean {
  for (let at = 1; at < nodes.length; at += 1) {
    if (byStart(nodes[at - 1] as Node, nodes[at] as Node) > 0) return false;
  }
  return true;
}

/** Cuts every cycle of parents at its earliest span; `index` is a span's place in `nodes`. */
function cutCycles(nodes: Node[]): void {
  const walks = new Int32Array(nodes.length);
  for (const first of nodes) {
    const walk = first.index + 1;
    let at: Node | null = first;
    while (at && walks[at.index] === 0) {
      walks[at.index] = walk;
      at = at.parent;
    }
    // a span of this very walk again: a ring; one of an earlier walk has been looked at
    if (!at || walks[at.index] !== walk) continue;
    let earliest: Node = at;
    for (let other = at.parent; other && other !== at; other = other.parent) {
      if (byStart(other, earliest) < 0) earliest = other;
    }
    earliest.parent = null;
    earliest.uprooted = "cycle";
  }
}

function readingOrder(roots: Node[]): Node[] {
  const ordered: Node[] = [];
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    node.index = ordered.length;
    node.last = node.index;
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    ordered.push(node);
    for (let at = node.children.length - 1; at >= 0; at -= 1) stack.push(node.children[at] as Node);
  }
  return ordered;
}

function plus(a: number | null, b: number | null | undefined): number | null {
  if (b === null || b === undefined) return a;
  return (a ?? 0) + b;
}

/** Sums from the leaves up: one pass over the reading order, backwards. */
function sumUp(ordered: Node[]): void {
  for (let at = ordered.length - 1; at >= 0; at -= 1) {
    const node = ordered[at] as Node;
    if (node.span.status === "error") node.errors += 1;
    if (node.span.usage_counted !== false) {
      node.cost = plus(node.cost, node.span.cost?.total);
      node.tokens = plus(node.tokens, totalTokens(node.span));
    }
    const parent = node.parent;
    if (!parent) continue;
    parent.errors += node.errors;
    parent.cost = plus(parent.cost, node.cost);
    parent.tokens = plus(parent.tokens, node.tokens);
    parent.last = Math.max(parent.last, node.last);
  }
}

export function totalTokens(span: Pick<Span, "usage">): number | null {
  const usage = span.usage;
  if (!usage) return null;
  if (usage.total_tokens !== null && usage.total_tokens !== undefined) return usage.total_tokens;
  return plus(plus(null, usage.input_tokens), usage.output_tokens);
}

export function buildTree(spans: Span[]): Tree {
  const byId = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const span of spans) {
    if (byId.has(span.span_id)) continue;
    const node = newNode(span, nodes.length);
    byId.set(span.span_id, node);
    nodes.push(node);
  }
  for (const node of nodes) {
    const parentId = node.span.parent_span_id;
    if (!parentId) continue;
    const parent = byId.get(parentId);
    if (parent === node) node.uprooted = "cycle";
    else if (parent) node.parent = parent;
    else node.uprooted = "missing parent";
  }
  cutCycles(nodes);
  const roots: Node[] = [];
  for (const node of nodes) {
    if (node.parent) node.parent.children.push(node);
    else roots.push(node);
  }
  for (const { children } of nodes) if (!isSorted(children)) children.sort(byStart);
  roots.sort((a, b) => Number(a.uprooted !== null) - Number(b.uprooted !== null) || byStart(a, b));
  const ordered = readingOrder(roots);
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const node of ordered) {
    start = Math.min(start, node.start);
    end = Math.max(end, node.end);
  }
  if (ordered.length === 0) start = end = 0;
  for (const node of ordered) if (node.unfinished) node.end = end;
  sumUp(ordered);
  return { roots, nodes: ordered, byId, start, end };
}

/** The spans to list when some are folded. */
export function visibleNodes(tree: Tree, folded: ReadonlySet<string>): Node[] {
  if (folded.size === 0) return tree.nodes;
  const visible: Node[] = [];
  for (let at = 0; at < tree.nodes.length; at += 1) {
    const node = tree.nodes[at] as Node;
    visible.push(node);
    if (node.children.length > 0 && folded.has(node.span.span_id)) at = node.last;
  }
  return visible;
}

/** What to fold so that only the roots and their children stand open. */
export function foldedAll(tree: Tree): Set<string> {
  const folded = new Set<string>();
  for (const node of tree.nodes) {
    if (node.children.length > 0 && node.depth > 0) folded.add(node.span.span_id);
  }
  return folded;
}

/** The folded set with every span above this one opened; the same set when none was folded. */
export function unfoldedTo(node: Node, folded: ReadonlySet<string>): ReadonlySet<string> {
  let opened: Set<string> | null = null;
  for (let at = node.parent; at; at = at.parent) {
    if (!folded.has(at.span.span_id)) continue;
    opened ??= new Set(folded);
    opened.delete(at.span.span_id);
  }
  return opened ?? folded;
}

/** The nearest span from this one upwards that the test accepts. */
export function nearest(node: Node, accepts: (node: Node) => boolean): Node | null {
  for (let at: Node | null = node; at; at = at.parent) if (accepts(at)) return at;
  return null;
}
