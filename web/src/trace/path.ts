/**
 * The critical path of a trace: the spans which, had they been shorter, would have made it shorter.
 *
 * It is found from the end backwards: whatever ended last was waited for; before it began, what had
 * ended last by then was waited for; and so on, in every span again. Steps of the path do not
 * overlap and fill the whole time of the trace.
 */
import type { Node, Tree } from "./tree";

/** A stretch of the path in which the deepest span at work was `node`; null: outside all roots. */
export interface Step {
  node: Node | null;
  from: number;
  to: number;
}

export interface Gap {
  /** The span in which nothing ran, or null between roots. */
  within: Node | null;
  /** What began when the gap was over, and what had ended when it began. */
  next: Node | null;
  before: Node | null;
  from: number;
  to: number;
  /** A wait between a failed attempt and the next one. */
  backOff: boolean;
}

export interface CriticalPath {
  steps: Step[];
  /** Spans that lie on the path. */
  on: Set<Node>;
  gaps: Gap[];
}

/** Times closer than this many milliseconds count as touching. */
const TOUCH = 0.05;
/** Shorter silences are the program at work, and too narrow to be seen. */
const SHORTEST_GAP_MS = 2;
const SMALLEST_SHARE = 0.005;

/** End of a span or of what it started and left running, whichever is later. */
function effectiveEnds(tree: Tree): Float64Array {
  const ends = new Float64Array(tree.nodes.length);
  for (let at = tree.nodes.length - 1; at >= 0; at -= 1) {
    const node = tree.nodes[at] as Node;
    ends[at] = Math.max(ends[at] as number, node.end);
    if (node.parent) {
      const parent = node.parent.index;
      ends[parent] = Math.max(ends[parent] as number, ends[at] as number);
    }
  }
  return ends;
}

/**
 * The children waited for, latest first, with the time until which each was.
 *
 * A child still running at the moment looked at counts only if most of it lies before: two tools
 * called at once start a hair apart, and the first of them was not waited for.
 */
function waitedFor(children: Node[], ends: Float64Array, from: number, to: number) {
  const byEnd = [...children].sort((a, b) => (ends[b.index] as number) - (ends[a.index] as number));
  const chosen: { node: Node; until: number }[] = [];
  let at = to;
  for (const child of byEnd) {
    const end = ends[child.index] as number;
    if (at - from <= TOUCH || child.start >= at - TOUCH) continue;
    if (end > at + TOUCH && at - child.start < (end - child.start) / 2) continue;
    chosen.push({ node: child, until: Math.min(end, at) });
    at = Math.max(child.start, from);
  }
  return chosen;
}

interface Pending {
  node: Node | null;
  children: Node[];
  from: number;
  to: number;
}

export function criticalPath(tree: Tree): CriticalPath {
  const steps: Step[] = [];
  const on = new Set<Node>();
  const gaps: Gap[] = [];
  const ends = effectiveEnds(tree);
  const least = Math.max(SHORTEST_GAP_MS, (tree.end - tree.start) * SMALLEST_SHARE);
  const pending: Pending[] = [{ node: null, children: tree.roots, from: tree.start, to: tree.end }];
  while (pending.length > 0) {
    const { node, children, from, to } = pending.pop() as Pending;
    if (node) on.add(node);
    if (children.length === 0) {
      if (to > from) steps.push({ node, from, to });
      continue;
    }
    let at = to;
    let after: Node | null = null;
    const own = (start: number, end: number, before: Node | null) => {
      if (end - start <= 0) return;
      steps.push({ node, from: start, to: end });
      gaps.push(...idle(node, children, start, end, before, after, least));
    };
    for (const { node: child, until } of waitedFor(children, ends, from, to)) {
      own(until, at, child);
      const start = Math.max(child.start, from);
      pending.push({ node: child, children: child.children, from: start, to: until });
      after = child;
      at = start;
    }
    own(from, at, null);
  }
  steps.sort((a, b) => a.from - b.from);
  gaps.sort((a, b) => a.from - b.from);
  return { steps, on, gaps };
}

/** What is left of a stretch when the time of every other child is taken out. */
function idle(
  within: Node | null,
  children: Node[],
  from: number,
  to: number,
  before: Node | null,
  after: Node | null,
  least: number,
): Gap[] {
  if (to - from < least) return [];
  const kinds = within?.span.kind;
  if (kinds && kinds !== "agent" && kinds !== "chain" && kinds !== "span") return [];
  const left: Gap[] = [];
  let at = from;
  const overlapping = children.filter((one) => one.start < to && one.end > from);
  for (const child of overlapping.sort((a, b) => a.start - b.start)) {
    if (child.start - at >= least) left.push(gap(within, child, before, at, child.start));
    at = Math.max(at, child.end);
  }
  if (to - at >= least && (after || before)) left.push(gap(within, after, before, at, to));
  return left;
}

function gap(
  within: Node | null,
  next: Node | null,
  before: Node | null,
  from: number,
  to: number,
): Gap {
  const backOff =
    before !== null &&
    next !== null &&
    before.span.status === "error" &&
    before.span.name === next.span.name;
  return { within, next, before, from, to, backOff };
}
