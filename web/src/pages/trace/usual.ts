/** Which span stands selected when the address names none. */
import type { RootCause } from "../../trace/rootcause";
import { type Node, nearest, type Tree } from "../../trace/tree";

const isCheck = (node: Node) => node.span.kind === "evaluator" || node.span.kind === "guardrail";

/** The error of a failed trace, else the last answer of a model, else the root. */
export function usualSpan(tree: Tree, cause: RootCause | null): Node | null {
  if (cause && cause.recovered === null) return cause.node;
  for (let at = tree.nodes.length - 1; at >= 0; at -= 1) {
    const node = tree.nodes[at] as Node;
    if (node.span.kind !== "llm" || nearest(node, isCheck)) continue;
    if (!node.children.some((one) => one.span.kind === "llm")) return node;
  }
  return tree.roots[0] ?? null;
}
