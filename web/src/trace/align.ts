/** Two traces side by side: their spans matched by name and order, level by level. */
import { type Node, type Tree, totalTokens } from "./tree";
import { common } from "./words";

export interface Pair {
  a: Node | null;
  b: Node | null;
  depth: number;
  /** What differs between the two; empty when nothing does. */
  differs: Difference[];
}

export type Difference = "only a" | "only b" | "status" | "input" | "output" | "model" | "cost";

type Same = (a: Node, b: Node) => boolean;

const sameStep: Same = (a, b) => a.span.kind === b.span.kind && a.span.name === b.span.name;
const failed = (node: Node) => node.span.status === "error";

/**
 * What makes two steps the same, the strictest first: a failed attempt is matched with a failed one
 * before it is with one that worked, and model calls, whose name often is the model's, come last.
 */
const LEVELS: Same[] = [
  (a, b) => sameStep(a, b) && failed(a) === failed(b),
  sameStep,
  (a, b) => a.span.kind === b.span.kind && a.span.kind === "llm",
];

type Row = [Node | null, Node | null];

/** Two lists as rows: matched where they can be, in order, each side alone where not. */
function matched(left: Node[], right: Node[], level = 0): Row[] {
  const same = LEVELS[level];
  if (!same || left.length === 0 || right.length === 0) {
    return [...left.map((a): Row => [a, null]), ...right.map((b): Row => [null, b])];
  }
  const pairs = common(left, right, same) ?? inTurn(left, right);
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  for (const [x, y] of [...pairs, [left.length, right.length] as const]) {
    rows.push(...matched(left.slice(i, x), right.slice(j, y), level + 1));
    if (x < left.length && y < right.length) rows.push([left[x] as Node, right[y] as Node]);
    [i, j] = [x + 1, y + 1];
  }
  return rows;
}

/** The nth of a name with the nth of the same name: for levels too wide to search. */
function inTurn(left: Node[], right: Node[]): [number, number][] {
  const places = new Map<string, number[]>();
  right.forEach((node, at) => {
    const name = `${node.span.kind} ${node.span.name}`;
    const list = places.get(name);
    if (list) list.push(at);
    else places.set(name, [at]);
  });
  for (const list of places.values()) list.reverse();
  const pairs: [number, number][] = [];
  let last = -1;
  left.forEach((node, at) => {
    const list = places.get(`${node.span.kind} ${node.span.name}`);
    while (list?.length && (list.at(-1) as number) <= last) list.pop();
    const place = list?.pop();
    if (place === undefined) return;
    pairs.push([at, place]);
    last = place;
  });
  return pairs;
}

function differences(a: Node | null, b: Node | null): Difference[] {
  if (!a) return ["only b"];
  if (!b) return ["only a"];
  const found: Difference[] = [];
  if ((a.span.status === "error") !== (b.span.status === "error")) found.push("status");
  if ((a.span.model ?? "") !== (b.span.model ?? "")) found.push("model");
  if ((a.span.input_preview ?? "") !== (b.span.input_preview ?? "")) found.push("input");
  if ((a.span.output_preview ?? "") !== (b.span.output_preview ?? "")) found.push("output");
  return found;
}

/** The rows of a comparison, in the order of reading. */
export function align(a: Tree, b: Tree): Pair[] {
  const rows: Pair[] = [];
  const [first, second] = [a.roots, b.roots];
  const alone = first.length === 1 && second.length === 1;
  const top: Row[] = alone ? [[first[0] as Node, second[0] as Node]] : matched(first, second);
  const stack = top.map(([x, y]) => ({ x, y, depth: 0 })).reverse();
  while (stack.length > 0) {
    const { x, y, depth } = stack.pop() as (typeof stack)[number];
    rows.push({ a: x, b: y, depth, differs: differences(x, y) });
    const below = matched(x?.children ?? [], y?.children ?? []);
    for (let at = below.length - 1; at >= 0; at -= 1) {
      const [left, right] = below[at] as Row;
      stack.push({ x: left, y: right, depth: depth + 1 });
    }
  }
  return rows;
}

export interface Delta {
  a: number | null;
  b: number | null;
  /** b − a, when both are known. */
  by: number | null;
  /** As a share of a. */
  share: number | null;
}

export function delta(a: number | null | undefined, b: number | null | undefined): Delta {
  const [x, y] = [a ?? null, b ?? null];
  const by = x === null || y === null ? null : y - x;
  return { a: x, b: y, by, share: by !== null && x ? by / x : null };
}

export interface Deltas {
  duration: Delta;
  tokens: Delta;
  cost: Delta;
}

/** What a step took in both: time, tokens and money, those of what lies below included. */
export function deltas({ a, b }: Pick<Pair, "a" | "b">): Deltas {
  const tokens = (node: Node | null) => (node ? (node.tokens ?? totalTokens(node.span)) : null);
  return {
    duration: delta(a && a.end - a.start, b && b.end - b.start),
    tokens: delta(tokens(a), tokens(b)),
    cost: delta(a?.cost ?? a?.span.cost?.total, b?.cost ?? b?.span.cost?.total),
  };
}
