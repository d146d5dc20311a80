/** Tool calls and retrievals as cards: the call, its attempts, its result, its documents. */
import { attempts as findAttempts } from "./attempts";
import type { Call } from "./messages";
import { type Document, oneLine, type Span, textOf } from "./model";
import { type Node, nearest, type Tree } from "./tree";

export interface CardAttempt {
  node: Node;
  number: number;
  failed: boolean;
  result: unknown;
}

export interface CardDocument {
  document: Document;
  rank: number;
  title: string;
  text: string;
  score: number | null;
  cited: boolean;
}

export interface Card {
  /** The span that stands for the call: its last attempt; null when no span was recorded. */
  node: Node | null;
  kind: "tool" | "retriever" | "agent";
  name: string;
  arguments: unknown;
  /** What was searched for, when the call is a search. */
  query: string | null;
  attempts: CardAttempt[];
  /** Undefined while unknown. */
  result: unknown;
  documents: CardDocument[];
  /** How many documents were found before some were left out; null when that is not known. */
  found: number | null;
  /** The span that put the documents in their order, when the search itself did not. */
  reranked: Node | null;
  /** From the start of the first attempt to the end of the last. */
  ms: number | null;
}

export type Payloads = ReadonlyMap<string, Span>;

/** The span with its payloads when they are there, else without. */
export function full(node: Node, payloads: Payloads): Span {
  return payloads.get(node.span.span_id) ?? node.span;
}

const CALLED = new Set(["tool", "retriever", "agent", "reranker"]);

/** The span in whose conversation another takes part: the nearest agent or tool above it. */
export function scopeOf(node: Node): Node | null {
  if (!node.parent) return null;
  return nearest(node.parent, (one) => one.span.kind === "agent" || one.span.kind === "tool");
}

const callsOfTrees = new WeakMap<Tree, Map<string, Node[]>>();

/** The spans that answer each call, as far as the outline says which. */
function answering(tree: Tree): Map<string, Node[]> {
  const known = callsOfTrees.get(tree);
  if (known) return known;
  const found = new Map<string, Node[]>();
  for (const node of tree.nodes)
    if (node.span.tool_call_id) put(found, node.span.tool_call_id, node);
  callsOfTrees.set(tree, found);
  return found;
}

function put(nodes: Map<string, Node[]>, callId: string, node: Node): void {
  const list = nodes.get(callId);
  if (list) list.push(node);
  else nodes.set(callId, [node]);
}

/** Finds the spans that carried out the calls of a model's answer. */
export class CallMatcher {
  /** Those of whose call only the payload says which. */
  private readonly byPayload = new Map<string, Node[]>();
  private readonly tried: ReturnType<typeof findAttempts>;
  readonly taken = new Set<Node>();

  constructor(
    private readonly tree: Tree,
    payloads: Payloads,
  ) {
    this.tried = findAttempts(tree);
    for (const { span_id: spanId, tool_call_id: callId } of payloads.values()) {
      const node = callId ? tree.byId.get(spanId) : undefined;
      if (callId && node && !node.span.tool_call_id) put(this.byPayload, callId, node);
    }
  }

  /** The attempts at a call, in order of time; empty when no span tells of it. */
  spansOf(call: Call, asker: Node): Node[] {
    const known = this.known(call).filter((node) => this.isFree(node));
    const first = known.length > 0 ? known : this.byName(call, asker);
    const all = new Set(first.filter((node) => !first.some((one) => isBelow(node, one))));
    for (const node of [...all]) {
      for (const one of this.tried.get(node.span.span_id)?.all ?? []) {
        if (!this.taken.has(one)) all.add(one);
      }
    }
    for (const node of all) this.taken.add(node);
    return [...all].sort((a, b) => a.start - b.start);
  }

  private known({ id }: Call): Node[] {
    if (!id) return [];
    const told = this.byPayload.get(id) ?? [];
    const outlined = answering(this.tree).get(id) ?? [];
    return told.length > 0 ? [...outlined, ...told].sort((a, b) => a.index - b.index) : outlined;
  }

  /** The attempts of a span that no model's answer asked for. */
  attemptsOf(node: Node): Node[] {
    const all = this.tried.get(node.span.span_id)?.all.filter((one) => !this.taken.has(one)) ?? [];
    const found = all.length > 0 ? all : [node];
    for (const one of found) this.taken.add(one);
    return found;
  }

  private isFree(node: Node): boolean {
    return !this.taken.has(node) && node.span.kind !== "llm";
  }

  /** The next unclaimed span of that name, before the model is asked again. */
  private byName(call: Call, asker: Node): Node[] {
    const scope = scopeOf(asker);
    const end = scope ? scope.last : this.tree.nodes.length - 1;
    for (let at = asker.index + 1; at <= end; at += 1) {
      const node = this.tree.nodes[at] as Node;
      if (node.span.kind === "llm" && node.start >= asker.end && scopeOf(node) === scope) break;
      if (!CALLED.has(node.span.kind) || !this.isFree(node)) continue;
      if (node.start < asker.start || (node.span.tool_call_id && call.id)) continue;
      if (calledAs(node, call.name)) return [node];
    }
    return [];
  }
}

function calledAs(node: Node, name: string): boolean {
  const { tool_name: tool, name: span } = node.span;
  if (tool === name || span === name) return true;
  return span.endsWith(` ${name}`) || span.endsWith(`.${name}`) || span.startsWith(`${name} `);
}

function isBelow(node: Node, other: Node): boolean {
  return node !== other && node.index > other.index && node.index <= other.last;
}

export interface CardSource {
  tree: Tree;
  payloads: Payloads;
  /** Results that a later message told of, by the call's id. */
  results: ReadonlyMap<string, unknown>;
}

function resultOf(span: Span): unknown {
  if (span.output !== undefined && span.output !== null) return span.output;
  return span.output_preview || undefined;
}

/** The card of a call and the spans that carried it out; either may be missing. */
export function makeCard(call: Call | null, spans: Node[], source: CardSource): Card {
  const { payloads, results } = source;
  const last = spans.at(-1) ?? null;
  const span = last ? full(last, payloads) : null;
  const told = call?.id ? results.get(call.id) : undefined;
  const { documents, found } = last ? documentsOf(last, source) : { documents: [], found: 0 };
  const args = call?.arguments ?? span?.input ?? span?.input_preview ?? null;
  const kind =
    span?.kind === "agent"
      ? "agent"
      : documents.length > 0 || span?.kind === "retriever"
        ? "retriever"
        : "tool";
  return {
    node: last,
    kind,
    name: call?.name || span?.tool_name || span?.name || "",
    arguments: args,
    query: kind === "retriever" ? searchedFor(args) : null,
    attempts: spans.map((node, at) => ({
      node,
      number: at + 1,
      failed: node.span.status === "error",
      result: resultOf(full(node, payloads)),
    })),
    result: span && span.status !== "error" ? (resultOf(span) ?? told) : told,
    documents: documents.map(cardDocument),
    found: found > documents.length ? found : null,
    reranked: null,
    ms: last && spans[0] ? Math.max(...spans.map((one) => one.end)) - spans[0].start : null,
  };
}

function searchedFor(args: unknown): string | null {
  if (typeof args === "string") return args;
  if (typeof args !== "object" || args === null) return null;
  const texts = Object.values(args).filter((one) => typeof one === "string");
  return texts.length === 1 ? (texts[0] as string) : null;
}

/** The documents of a call: what its reranker kept, else what was retrieved. */
function documentsOf(node: Node, { tree, payloads }: CardSource) {
  let kept: Document[] = full(node, payloads).documents ?? [];
  let found = kept.length;
  for (let at = node.index + 1; at <= node.last; at += 1) {
    const below = tree.nodes[at] as Node;
    if (below.span.kind !== "retriever" && below.span.kind !== "reranker") continue;
    const documents = full(below, payloads).documents ?? [];
    found = Math.max(found, documents.length);
    if (documents.length > 0 && (kept.length === 0 || below.span.kind === "reranker"))
      kept = documents;
  }
  return { documents: kept, found };
}

const TITLE_KEYS = ["title", "name", "file_name", "filename", "source", "path", "url", "uri"];

export function cardDocument(document: Document, at: number): CardDocument {
  const content = textOf(document.content) ?? oneLine(document.content);
  const metadata = document.metadata ?? {};
  const named = TITLE_KEYS.map((key) => metadata[key]).find(
    (one) => typeof one === "string" && one,
  );
  const first = content.split("\n", 1)[0] ?? "";
  const title = (named as string | undefined) ?? (first.slice(0, 80) || document.id || "");
  return {
    document,
    rank: at + 1,
    title: named ? (title.split("/").filter(Boolean).at(-1) ?? title) : title,
    text: content,
    score: document.score ?? null,
    cited: false,
  };
}
