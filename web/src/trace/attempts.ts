/** Which spans are attempts of one and the same step: a failed one and what was tried after it. */
import type { Node, Tree } from "./tree";

export interface Attempt {
  node: Node;
  /** 1 for the first. */
  number: number;
  /** All attempts of the step, in order. */
  all: Node[];
}

function sameStep(failed: Node, next: Node): boolean {
  if (failed.span.name !== next.span.name || failed.span.kind !== next.span.kind) return false;
  if (next.start < failed.end - 1) return false;
  const [a, b] = [failed.span.tool_call_id, next.span.tool_call_id];
  if (a && b) return a === b;
  const [from, to] = [failed.span.input_preview, next.span.input_preview];
  return !from || !to || from === to;
}

function* siblingsThatFailed(tree: Tree): Generator<Node[]> {
  const failed = (node: Node) => node.span.status === "error";
  if (tree.roots.some(failed)) yield tree.roots;
  for (const node of tree.nodes)
    if (node.errors > 0 && node.children.some(failed)) yield node.children;
}

const known = new WeakMap<Tree, Map<string, Attempt>>();

/** Attempts by span id; steps that worked at once are not in it. None while inputs are unknown. */
export function attempts(tree: Tree): Map<string, Attempt> {
  const found = known.get(tree) ?? (tree.withoutPreviews ? new Map() : findAttempts(tree));
  known.set(tree, found);
  return found;
}

function findAttempts(tree: Tree): Map<string, Attempt> {
  const found = new Map<string, Attempt>();
  for (const siblings of siblingsThatFailed(tree)) {
    const open = new Map<string, Node[]>();
    for (const node of siblings) {
      const key = `${node.span.kind} ${node.span.name}`;
      const group = open.get(key);
      const before = group?.at(-1);
      if (group && before && sameStep(before, node)) group.push(node);
      else if (node.span.status === "error") open.set(key, [node]);
      const tried = open.get(key);
      if (!tried || tried.at(-1) !== node || tried.length < 2) continue;
      tried.forEach((one, at) => {
        found.set(one.span.span_id, { node: one, number: at + 1, all: tried });
      });
      if (node.span.status !== "error") open.delete(key);
    }
  }
  return found;
}
