/** Spans around other spans: a model call that frames others, what lies below a span. */
import type { Node, Tree } from "./tree";

/** A model call around other model calls is their frame, unless it merely repeats the one in it. */
export function isWrapper(node: Node, tree: Tree): boolean {
  let models = 0;
  for (let at = node.index + 1; at <= node.last; at += 1) {
    const kind = tree.nodes[at]?.span.kind;
    if (kind === "tool" || kind === "agent" || kind === "retriever") return true;
    if (kind === "llm") models += 1;
  }
  return models > 1 || node.span.usage_counted === false;
}

/** Whether spans that a call asked for lie below it, before another model is asked. */
export function hasCallsBelow(node: Node, tree: Tree): boolean {
  for (let at = node.index + 1; at <= node.last; at += 1) {
    const kind = tree.nodes[at]?.span.kind;
    if (kind === "llm") return false;
    if (kind === "tool" || kind === "retriever" || kind === "agent") return true;
  }
  return false;
}

/** 1 for every span with one below it that the test accepts. */
export function holds(tree: Tree, accepts: (node: Node) => boolean): Uint8Array {
  const found = new Uint8Array(tree.nodes.length);
  for (let at = tree.nodes.length - 1; at >= 0; at -= 1) {
    const node = tree.nodes[at] as Node;
    if (node.parent && (found[at] || accepts(node))) found[node.parent.index] = 1;
  }
  return found;
}
