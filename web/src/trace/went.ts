/** Where the time of a trace went: one bar along the critical path, by what was at work. */
import { attempts } from "./attempts";
import type { CriticalPath } from "./path";
import type { Node, Tree } from "./tree";

export interface Share {
  label: string;
  ms: number;
  /** Of the whole, 0 to 1. */
  share: number;
  /** A kind's colour, or one of the three that are no kind. */
  colour: string;
}

interface Group extends Omit<Share, "share"> {
  /** Keeps a retry beside the failure it follows. */
  family: string;
  calls: Set<Node>;
}

const MOST = 6;
const SMALLEST = 0.015;

function failureWord(node: Node): string {
  const text = `${node.span.error_type ?? ""} ${node.span.status_message ?? ""}`;
  return /time.?out|timed out|deadline/i.test(text) ? "timed out" : "failed";
}

/** The outermost span of a kind in an unbroken run of ancestors that no agent interrupts. */
function enclosing(node: Node, accepts: (node: Node) => boolean): Node | null {
  let found: Node | null = null;
  for (let at: Node | null = node; at && at.span.kind !== "agent"; at = at.parent) {
    if (accepts(at)) found = at;
  }
  return found;
}

function kindIs(...kinds: string[]): (node: Node) => boolean {
  return (node) => kinds.includes(node.span.kind);
}

type Place = Pick<Group, "label" | "colour" | "family"> & { call: Node };

function place(node: Node, tried: ReturnType<typeof attempts>): Place | null {
  const model = enclosing(node, kindIs("llm"));
  const tool = enclosing(node, kindIs("tool"));
  const step = model ?? tool ?? enclosing(node, kindIs("retriever")) ?? node;
  const name = step.span.tool_name ?? step.span.name;
  if (step.span.status === "error" && node.span.status === "error") {
    const label = `${model ? (step.span.model ?? name) : name}, ${failureWord(step)}`;
    return { label, colour: "error", family: name, call: step };
  }
  if (model) return { label: "Models", colour: "llm", family: "models", call: model };
  if (tool) {
    const number = tried.get(tool.span.span_id)?.number ?? 1;
    const label = number > 1 ? `${name}, retry` : name;
    return { label, colour: "tool", family: name, call: tool };
  }
  const search = enclosing(node, kindIs("retriever"));
  if (search) return { label: "Retrieval", colour: "retriever", family: "retrieval", call: search };
  if (kindIs("agent", "chain")(node) && node.children.length > 0) return null;
  return { label: node.span.name, colour: node.span.kind, family: node.span.name, call: node };
}

/** The sum of the gaps within a stretch of the path. */
function waitIn(path: CriticalPath, node: Node | null, from: number, to: number): number {
  let sum = 0;
  for (const gap of path.gaps) {
    if (gap.within !== node) continue;
    sum += Math.max(0, Math.min(to, gap.to) - Math.max(from, gap.from));
  }
  return sum;
}

export function whereTimeWent(tree: Tree, path: CriticalPath): Share[] {
  const total = tree.end - tree.start;
  if (!(total > 0)) return [];
  const tried = attempts(tree);
  const groups = new Map<string, Group>();
  let waiting = 0;
  let other = 0;
  for (const step of path.steps) {
    const waited = waitIn(path, step.node, step.from, step.to);
    waiting += waited;
    const ms = step.to - step.from - waited;
    const found = step.node ? place(step.node, tried) : null;
    if (!found) {
      other += ms;
      continue;
    }
    const { call, ...rest } = found;
    const group = groups.get(found.label) ?? { ...rest, ms: 0, calls: new Set<Node>() };
    group.ms += ms;
    group.calls.add(call);
    groups.set(found.label, group);
  }
  const kept: Group[] = [];
  for (const group of [...groups.values()].sort((a, b) => b.ms - a.ms)) {
    if (kept.length < MOST - 2 && group.ms / total >= SMALLEST) kept.push(group);
    else other += group.ms;
  }
  return shares(kept, waiting, other, total);
}

function shares(kept: Group[], waiting: number, other: number, total: number): Share[] {
  const weight = new Map<string, number>();
  for (const group of kept) weight.set(group.family, (weight.get(group.family) ?? 0) + group.ms);
  kept.sort(
    (a, b) => (weight.get(b.family) as number) - (weight.get(a.family) as number) || b.ms - a.ms,
  );
  const share = (label: string, colour: string, ms: number): Share => ({
    label,
    colour,
    ms,
    share: ms / total,
  });
  const result = kept.map((group) => {
    const calls = group.calls.size;
    const label =
      group.label === "Models" ? `Models, ${calls} ${calls === 1 ? "call" : "calls"}` : group.label;
    return share(label, group.colour, group.ms);
  });
  if (waiting > 0) result.push(share("Waiting", "waiting", waiting));
  if (other / total > 0.0005) result.push(share("Other", "other", other));
  return result;
}
