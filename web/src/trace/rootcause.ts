/** The error nearest to the root cause, what it is called, and whether the trace got over it. */
import { type Attempt, attempts } from "./attempts";
import type { Node, Tree } from "./tree";

export interface RootCause {
  /** The deepest span that failed: where the error was first seen. */
  node: Node;
  /** The span people would name: the tool, model call or step the error came out of. */
  within: Node;
  /** `TimeoutError`, or what else is known. */
  title: string;
  recovered: "by retry" | "by fallback" | "handled" | null;
}

const failed = (node: Node) => node.span.status === "error";

function sameError(a: Node, b: Node): boolean {
  return (
    a.span.error_type === b.span.error_type &&
    (a.span.status_message ?? "") === (b.span.status_message ?? "")
  );
}

/** From a failed span down to the failed span it got its error from. */
function deepest(from: Node): Node {
  let at = from;
  for (;;) {
    const errors = at.children.filter(failed);
    if (errors.length === 0) return at;
    const same = errors.filter((child) => sameError(child, at));
    at = (same.at(-1) ?? errors.at(-1)) as Node;
  }
}

/** The topmost span that failed because this one did. */
function topmost(node: Node): Node {
  let at = node;
  while (at.parent && failed(at.parent)) at = at.parent;
  return at;
}

function named(cause: Node): Node {
  for (let at: Node | null = cause; at && failed(at); at = at.parent) {
    const kind = at.span.kind;
    if (kind !== "span" && kind !== "chain" && kind !== "event" && kind !== "agent") return at;
  }
  return cause;
}

type Tried = Map<string, Attempt>;

function recovery(cause: Node, tried: Tried): RootCause["recovered"] {
  for (let at: Node | null = cause; at && failed(at); at = at.parent) {
    if (tried.get(at.span.span_id)?.all.some((one) => !failed(one))) return "by retry";
  }
  const top = topmost(cause);
  if (!top.parent) return null;
  const replaced = (one: Node) =>
    one.span.kind === "llm" &&
    one.start >= top.end - 1 &&
    one.start - top.end < 5000 &&
    !failed(one);
  return top.span.kind === "llm" && top.parent.children.some(replaced) ? "by fallback" : "handled";
}

/** The root cause of a trace; null when nothing failed. */
export function rootCause(tree: Tree, tried: Tried = attempts(tree)): RootCause | null {
  const failedRoot = tree.roots.find(failed);
  // whether a failure was made good shows once all inputs are known
  const handled = tree.withoutPreviews ? null : worst(tree, tried);
  const cause = failedRoot ? deepest(failedRoot) : handled;
  if (!cause) return null;
  const recovered = failedRoot ? null : recovery(cause, tried);
  return { node: cause, within: named(cause), title: errorTitle(cause), recovered };
}

/** The first failure that nothing made good; else the first failure. */
function worst(tree: Tree, tried: Tried): Node | null {
  const tops = tree.nodes.filter((node) => failed(node) && !(node.parent && failed(node.parent)));
  const causes = tops.map(deepest).sort((a, b) => a.start - b.start);
  return causes.find((one) => recovery(one, tried) === "handled") ?? causes[0] ?? null;
}

/** `TimeoutError`; without a type the message's beginning, else "Error". */
export function errorTitle(node: Node): string {
  const { error_type: type, status_message: message } = node.span;
  if (type) return type;
  const line = (message ?? "").split("\n", 1)[0]?.trim() ?? "";
  return line ? (line.length > 60 ? `${line.slice(0, 60)}…` : line) : "Error";
}

/** Type and message as one line, without the type twice: many senders put it before the message. */
export function errorLine(
  type: string | null | undefined,
  message: string | null | undefined,
): string {
  const text = (message ?? "").trim();
  if (!type || !text) return type || text;
  return `${type}: ${withoutType(type, text)}`;
}

/** The message without the name of its type before it. */
export function withoutType(type: string, message: string): string {
  for (const name of [type, type.split(".").at(-1) as string]) {
    if (message.startsWith(`${name}:`)) return message.slice(name.length + 1).trim();
  }
  return message === type ? "" : message;
}
