/**
 * A trace as people read it: who said what, which tools ran and what they gave.
 *
 * Each model call repeats the whole conversation before it. New in a call is only what follows the
 * last answer of the model, so the rest is shown once, where it first came up. A call that does not
 * continue its agent's conversation (a query rewritten, a document graded) keeps its prompt folded.
 * Works with what is loaded: without payloads a call shows the previews of its input and output.
 */
import {
  CallMatcher,
  type Card,
  type CardSource,
  cardDocument,
  full,
  makeCard,
  type Payloads,
  scopeOf,
} from "./cards";
import { type Citation, citationsIn } from "./citations";
import {
  answeredText,
  askedText,
  callsOf,
  isAnswer,
  isInstruction,
  messageText,
  normal,
  otherParts,
  resultsOf,
  tailStart,
  thoughtText,
} from "./messages";
import { type Message, oneLine, type Part, type Score, type Span, type Trace } from "./model";
import { errorTitle, rootCause, withoutType } from "./rootcause";
import type { Node, Tree } from "./tree";

interface Base {
  id: string;
  depth: number;
  /** The span to select when the block is pressed. */
  node: Node | null;
}

export interface MessageBlock extends Base {
  type: "message";
  role: string;
  /** Beside the role: the model, the user's id, the agent. */
  who: string | null;
  text: string;
  media: Part[];
  thought: { text: string; tokens: number | null } | null;
  /** The prompt of a call that stands apart from the conversation. */
  prompt: string | null;
  error: { title: string; message: string } | null;
  /** Whether the figures of the span belong beside the role. */
  figures: boolean;
  citations: Map<string, Citation>;
  /** Previews only: the payload is not loaded. */
  preview: boolean;
  running: boolean;
}

export interface CardBlock extends Base {
  type: "card";
  card: Card;
}

export interface EventBlock extends Base {
  type: "event";
  icon: "guardrail" | "evaluator" | "agent" | "error" | "up" | "down" | "feedback";
  name: string;
  text: string;
  failed: boolean;
  ms: number | null;
}

export interface HistoryBlock extends Base {
  type: "history";
  messages: Message[];
}

export type Block = MessageBlock | CardBlock | EventBlock | HistoryBlock;

/** What has been said so far within one agent. */
interface Thread {
  depth: number;
  said: Set<string>;
  asked: string | null;
  askedShown: boolean;
  begun: boolean;
  nested: boolean;
}

const ROOT = "root";

export function conversation(trace: Trace, tree: Tree, payloads: Payloads): Block[] {
  return new Reader(trace, tree, payloads).read();
}

class Reader {
  private readonly blocks: Block[] = [];
  private readonly matcher: CallMatcher;
  private readonly source: CardSource;
  private readonly threads = new Map<string, Thread>();
  private readonly holdsModel: Uint8Array;
  private readonly shown = new Set<Node>();
  private readonly agents: number;
  /** What was said outside sub-agents: one agent may take the conversation over from another. */
  private readonly said = new Set<string>();

  constructor(
    private readonly trace: Trace,
    private readonly tree: Tree,
    private readonly payloads: Payloads,
  ) {
    this.matcher = new CallMatcher(tree, payloads);
    const results = new Map<string, unknown>();
    for (const span of payloads.values()) {
      const messages = span.messages_in ?? [];
      for (const { id, result } of resultsOf(messages.slice(tailStart(messages))))
        results.set(id, result);
    }
    this.source = { tree, payloads, results };
    this.holdsModel = holds(tree, (node) => node.span.kind === "llm");
    this.agents = tree.nodes.filter((node) => node.span.kind === "agent" && node.parent).length;
  }

  read(): Block[] {
    for (let at = 0; at < this.tree.nodes.length; ) {
      const node = this.tree.nodes[at] as Node;
      at = this.visit(node) ? at + 1 : node.last + 1;
    }
    this.questionFirst();
    this.closing();
    this.cite();
    return this.blocks;
  }

  /** Shows a span; false when nothing below it is to be shown. */
  private visit(node: Node): boolean {
    switch (node.span.kind) {
      case "llm":
        if (this.isWrapper(node)) return true;
        this.model(node);
        return this.hasCallsBelow(node);
      case "agent":
        this.agent(node);
        return true;
      case "tool":
      case "retriever":
        if (!this.matcher.taken.has(node)) this.lonelyCard(node);
        return this.holdsModel[node.index] === 1;
      case "reranker":
        this.reranked(node);
        return false;
      case "guardrail":
      case "evaluator":
        this.check(node);
        return false;
      default:
        return true;
    }
  }

  /** A model call around other model calls is their frame, unless it merely repeats the one in it. */
  private isWrapper(node: Node): boolean {
    if (this.holdsModel[node.index] !== 1) return false;
    let models = 0;
    for (let at = node.index + 1; at <= node.last; at += 1) {
      const kind = this.tree.nodes[at]?.span.kind;
      if (kind === "tool" || kind === "agent" || kind === "retriever") return true;
      if (kind === "llm") models += 1;
    }
    return models > 1 || node.span.usage_counted === false;
  }

  private hasCallsBelow(node: Node): boolean {
    for (let at = node.index + 1; at <= node.last; at += 1) {
      const kind = this.tree.nodes[at]?.span.kind;
      if (kind === "llm") return false;
      if (kind === "tool" || kind === "retriever" || kind === "agent") return true;
    }
    return false;
  }

  private thread(node: Node): Thread {
    const scope = scopeOf(node);
    const key = scope?.span.span_id ?? ROOT;
    const known = this.threads.get(key);
    if (known) return known;
    const top = scope ?? this.tree.roots[0] ?? node;
    const outer = scope?.parent ? this.outerThread(scope) : null;
    const made: Thread = {
      depth: outer ? outer.depth + 1 : 0,
      said: outer?.begun ? new Set() : this.said,
      asked: top.span.kind === "llm" ? null : this.askedOf(top),
      askedShown: false,
      begun: false,
      nested: outer?.begun === true,
    };
    if (outer && !outer.begun) {
      made.depth = outer.depth;
      made.asked ??= outer.asked;
      made.askedShown = outer.askedShown;
    }
    this.threads.set(key, made);
    return made;
  }

  /** The thread around a scope that has itself said something; else the one around that. */
  private outerThread(scope: Node): Thread | null {
    for (let at = scopeOf(scope); at; at = scopeOf(at)) {
      const known = this.threads.get(at.span.span_id);
      if (known?.begun) return known;
    }
    const root = this.threads.get(ROOT);
    return root ?? null;
  }

  private askedOf(node: Node): string | null {
    return askedText(full(node, this.payloads)) ?? node.span.input_preview ?? null;
  }

  private model(node: Node): void {
    this.shown.add(node);
    const thread = this.thread(node);
    const span = full(node, this.payloads);
    const loaded = (span.messages_in?.length ?? 0) + (span.messages_out?.length ?? 0) > 0;
    const prompt = loaded ? this.asked(node, span, thread) : this.askedPreview(node, thread);
    thread.begun = true;
    this.answer(node, span, thread, prompt, loaded);
    for (const call of callsOf(span.messages_out ?? [])) {
      const spans = this.matcher.spansOf(call, node);
      for (const one of spans) this.shown.add(one);
      this.card(
        makeCard(call, spans, this.source),
        `${node.span.span_id}/${call.id ?? call.name}`,
        thread.depth,
      );
    }
  }

  /** Shows what is new in the input of a call; gives the prompt when it stands apart. */
  private asked(node: Node, span: Span, thread: Thread): string | null {
    const messages = span.messages_in ?? [];
    const tail = tailStart(messages);
    const fresh = messages
      .slice(tail)
      .filter((one) => !isInstruction(one.role) && one.role !== "tool" && worthShowing(one))
      .filter((one) => !thread.said.has(key(one)));
    const continues =
      tail > 0 || messages.some((one) => one.role === "tool" || thread.said.has(key(one)));
    if (!thread.begun) this.earlier(node, messages.slice(0, tail), thread);
    for (const one of messages) thread.said.add(key(one));
    if (thread.begun && !continues) return fresh.map(messageText).join("\n\n") || null;
    const prompts = fresh.map((one) => this.user(node, one, thread)).filter(Boolean);
    if (fresh.length === 0 && !thread.begun) this.instructionsOnly(node, messages, thread);
    return prompts.join("\n\n") || null;
  }

  /** Messages of an earlier trace that the first call brings along. */
  private earlier(node: Node, before: Message[], thread: Thread): void {
    const messages = before.filter((one) => !isInstruction(one.role) && !thread.said.has(key(one)));
    if (messages.length === 0) return;
    const id = `${node.span.span_id}/before`;
    this.blocks.push({ type: "history", id, depth: thread.depth, node, messages });
  }

  /** A call whose only message is an instruction would otherwise begin with its answer. */
  private instructionsOnly(node: Node, messages: Message[], thread: Thread): void {
    if (!messages.every((one) => isInstruction(one.role))) return;
    const asked = this.unsaid(thread);
    const system = messages.map(messageText).join("\n\n");
    if (asked) this.say(node, thread, "user", asked, []);
    else if (system) this.say(node, thread, "system", system, []);
  }

  /** What the agent was asked, unless that has been shown. */
  private unsaid(thread: Thread): string | null {
    if (thread.askedShown || !thread.asked) return null;
    return thread.said.has(`user ${normal(thread.asked)}`) ? null : thread.asked;
  }

  /** Shows a user message; gives it back as a prompt when it wraps what the person really asked. */
  private user(node: Node, message: Message, thread: Thread): string | null {
    const text = messageText(message);
    const asked = thread.asked === null ? null : normal(thread.asked);
    const given = normal(text);
    if (!asked || asked === given || isPieceOf(given, asked)) {
      this.say(node, thread, message.role, text, otherParts(message));
      return null;
    }
    const unsaid = this.unsaid(thread);
    const wraps = given.includes(asked.slice(0, 200));
    if (unsaid) this.say(node, thread, "user", unsaid, otherParts(message));
    else if (!wraps) this.say(node, thread, message.role, text, otherParts(message));
    return unsaid || wraps ? text : null;
  }

  private askedPreview(node: Node, thread: Thread): null {
    const text = node.span.input_preview ?? "";
    const said = `user ${normal(text).slice(0, 200)}`;
    if (text && !thread.said.has(said) && !thread.begun) {
      this.say(node, thread, "user", thread.asked ?? text, [], true);
    }
    if (text) thread.said.add(said);
    return null;
  }

  private say(
    node: Node,
    thread: Thread,
    role: string,
    text: string,
    media: Part[],
    preview = false,
  ): void {
    const asks = role === "user";
    thread.askedShown = true;
    thread.said.add(`${role} ${normal(text)}`);
    const user = node.span.user_id ?? this.trace.user_id;
    this.blocks.push({
      ...plainMessage,
      id: `${node.span.span_id}/in/${this.blocks.length}`,
      depth: thread.depth,
      node: thread.nested ? node : (this.tree.roots[0] ?? node),
      role: asks && thread.nested ? "task" : role,
      who: asks && !thread.nested ? user : null,
      text,
      media,
      preview,
      citations: new Map(),
    });
  }

  private answer(
    node: Node,
    span: Span,
    thread: Thread,
    prompt: string | null,
    loaded: boolean,
  ): void {
    const messages = span.messages_out ?? [];
    for (const one of messages) thread.said.add(key({ ...one, role: "assistant" }));
    const thought = messages.map(thoughtText).filter(Boolean).join("\n\n");
    const text = loaded
      ? messages.map(messageText).filter(Boolean).join("\n\n")
      : (answeredText(span) ?? node.span.output_preview ?? "");
    const failed = span.status === "error";
    this.blocks.push({
      type: "message",
      id: node.span.span_id,
      depth: thread.depth,
      node,
      role: "assistant",
      who: span.model ?? span.name,
      text,
      media: messages.flatMap(otherParts),
      thought: thought ? { text: thought, tokens: span.usage?.reasoning_tokens ?? null } : null,
      prompt,
      error: failed
        ? {
            title: errorTitle(node),
            message: withoutType(errorTitle(node), span.status_message ?? ""),
          }
        : null,
      figures: true,
      citations: new Map(),
      preview: !loaded,
      running: node.unfinished,
    });
  }

  private lonelyCard(node: Node): void {
    if (node.parent && this.matcher.taken.has(node.parent) && this.holdsModel[node.index] !== 1)
      return;
    const spans = this.matcher.attemptsOf(node);
    for (const one of spans) this.shown.add(one);
    this.card(makeCard(null, spans, this.source), node.span.span_id, this.depthAt(node));
  }

  /** What a reranker kept takes the place of what the search before it had found. */
  private reranked(node: Node): void {
    const documents = full(node, this.payloads).documents ?? [];
    const search = this.blocks.findLast(
      (one): one is CardBlock => one.type === "card" && one.card.documents.length > 0,
    );
    if (!search || documents.length === 0) return;
    this.shown.add(node);
    const found = Math.max(search.card.found ?? 0, search.card.documents.length);
    search.card = {
      ...search.card,
      documents: documents.map(cardDocument),
      found: found > documents.length ? found : null,
      reranked: node,
    };
  }

  private card(card: Card, id: string, depth: number): void {
    this.blocks.push({ type: "card", id, depth, node: card.node, card });
  }

  private depthAt(node: Node): number {
    const scope = scopeOf(node);
    return this.threads.get(scope?.span.span_id ?? ROOT)?.depth ?? this.outerDepth(scope);
  }

  private outerDepth(scope: Node | null): number {
    const outer = scope ? this.outerThread(scope) : null;
    return outer?.begun ? outer.depth + 1 : 0;
  }

  /** Names an agent where several take part, or one works for another. */
  private agent(node: Node): void {
    if (!node.parent || this.agents < 2) {
      if (!this.isCalled(node)) return;
    }
    this.shown.add(node);
    const failed = node.span.status === "error";
    this.event(
      node,
      "agent",
      node.span.name,
      failed ? errorTitle(node) : "",
      failed,
      this.outerDepth(node),
    );
  }

  private isCalled(node: Node): boolean {
    return node.parent !== null && this.outerThread(node)?.begun === true;
  }

  private check(node: Node): void {
    this.shown.add(node);
    const span = full(node, this.payloads);
    const failed = span.status === "error";
    const said = failed ? (span.status_message ?? "failed") : verdict(span);
    const icon = span.kind === "evaluator" ? "evaluator" : "guardrail";
    this.event(node, icon, span.name, said, failed, this.depthAt(node));
  }

  private event(
    node: Node,
    icon: EventBlock["icon"],
    name: string,
    text: string,
    failed: boolean,
    depth: number,
  ): void {
    const ms = node.unfinished ? null : node.end - node.start;
    this.blocks.push({
      type: "event",
      id: node.span.span_id,
      depth,
      node,
      icon,
      name,
      text,
      failed,
      ms,
    });
  }

  /** Checks and searches may run before any model is asked; people read the question first. */
  private questionFirst(): void {
    const at = this.blocks.findIndex((one) => one.type === "message" || one.type === "history");
    const first = this.blocks[at];
    if (at < 1 || first?.type !== "message" || first.role !== "user") return;
    this.blocks.splice(at, 1);
    this.blocks.unshift(first);
  }

  /** What the trace gave when no model said it, the error nobody showed, what people thought of it. */
  private closing(): void {
    const root = this.tree.roots[0];
    if (root && !this.blocks.some((one) => one.type === "message")) this.plain(root);
    const cause = rootCause(this.tree);
    const told = cause && (this.shown.has(cause.node) || this.shown.has(cause.within));
    if (cause && !told) {
      const title = `${cause.title} in ${cause.within.span.name}`;
      const text = withoutType(cause.title, cause.node.span.status_message ?? "");
      this.event(cause.node, "error", title, text, true, 0);
    }
    const scores = new Map<string, Score>();
    for (const one of this.trace.scores ?? []) scores.set(one.id, one);
    for (const node of this.tree.nodes)
      for (const one of node.span.scores ?? []) scores.set(one.id, one);
    const given = [...scores.values()].filter(
      (one) => one.source === "human" || one.source === "end_user",
    );
    given.sort((a, b) => (a.created_at ?? "").localeCompare(b.created_at ?? ""));
    for (const one of given) this.feedback(one);
  }

  /** A trace without model calls: its input and its output. */
  private plain(root: Node): void {
    const span = full(root, this.payloads);
    const asked = askedText(span) ?? (oneLine(span.input) || span.input_preview) ?? "";
    const gave = answeredText(span) ?? (oneLine(span.output) || span.output_preview) ?? "";
    const make = (role: string, text: string): MessageBlock => ({
      ...plainMessage,
      id: `${span.span_id}/${role}`,
      node: root,
      role,
      who: role === "user" ? this.trace.user_id : span.name,
      text,
      figures: role !== "user",
      error:
        role !== "user" && span.status === "error"
          ? {
              title: errorTitle(root),
              message: withoutType(errorTitle(root), span.status_message ?? ""),
            }
          : null,
      citations: new Map(),
    });
    if (asked) this.blocks.unshift(make("user", asked));
    if (gave || span.status === "error") this.blocks.push(make("output", gave));
    if (span.status === "error") this.shown.add(root);
  }

  private feedback(score: Score): void {
    const node = (score.span_id && this.tree.byId.get(score.span_id)) || this.tree.roots[0] || null;
    const bad = score.value !== null && score.value <= 0;
    const good = score.value !== null && score.value >= 1;
    this.blocks.push({
      type: "event",
      id: `score/${score.id}`,
      depth: 0,
      node,
      icon: bad ? "down" : good ? "up" : "feedback",
      name: score.name,
      text: feedbackText(score, this.tree.end),
      failed: false,
      ms: null,
    });
  }

  /** Marks what the answers cite, after the documents they had been given. */
  private cite(): void {
    const cards: Card[] = [];
    for (const block of this.blocks) {
      if (block.type === "card" && block.card.documents.length > 0) cards.push(block.card);
      if (block.type !== "message" || block.role === "user") continue;
      block.citations = citationsIn(block.text, cards);
      for (const { document } of block.citations.values()) document.cited = true;
    }
  }
}

const plainMessage = {
  type: "message",
  depth: 0,
  who: null,
  media: [] as Part[],
  thought: null,
  prompt: null,
  error: null,
  figures: false,
  preview: false,
  running: false,
} as const satisfies Partial<MessageBlock>;

/** 1 for every span with one below it that the test accepts. */
function holds(tree: Tree, accepts: (node: Node) => boolean): Uint8Array {
  const found = new Uint8Array(tree.nodes.length);
  for (let at = tree.nodes.length - 1; at >= 0; at -= 1) {
    const node = tree.nodes[at] as Node;
    if (node.parent && (found[at] || accepts(node))) found[node.parent.index] = 1;
  }
  return found;
}

function worthShowing(message: Message): boolean {
  return messageText(message) !== "" || otherParts(message).length > 0;
}

/** What makes two messages the same: role, text and the calls in it, not ids or thoughts. */
function key(message: Message): string {
  const role = isAnswer(message.role) ? "assistant" : message.role;
  const called = callsOf([message]).map((call) => `${call.name}(${oneLine(call.arguments)})`);
  const media = otherParts(message).length;
  return `${role} ${normal(messageText(message))} ${called.join(" ")} ${media || ""}`.trim();
}

/** Whether a message is one field of a larger input, JSON for instance. */
function isPieceOf(given: string, asked: string): boolean {
  if (given.length === 0 || given.length > asked.length) return false;
  return asked.includes(given) || asked.includes(JSON.stringify(given).slice(1, -1));
}

const SAYS_NO = /^(false|fail(ed)?|block(ed)?|tripped|unsafe)$/i;

/** What a check found, in a few words. */
function verdict(span: Span): string {
  const output = span.output;
  if (typeof output === "boolean") return output ? "passed" : "failed";
  if (typeof output === "object" && output !== null && !Array.isArray(output)) {
    const record = output as Record<string, unknown>;
    const passed = record.passed ?? record.pass ?? record.allowed ?? record.safe ?? record.ok;
    const tripped =
      record.tripwire_triggered ?? record.triggered ?? record.blocked ?? record.flagged;
    const reason = [record.reason, record.message, record.explanation].find(
      (one) => typeof one === "string",
    );
    const bad = passed === false || tripped === true;
    if (typeof passed === "boolean" || typeof tripped === "boolean") {
      return `${bad ? "failed" : "passed"}${reason ? `, ${reason}` : ""}`;
    }
  }
  if (scored(output)) return scored(output) as string;
  const text = oneLine(output ?? span.output_preview ?? "");
  if (SAYS_NO.test(text)) return text === "false" ? "failed" : text;
  if (text === "true") return "passed";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text || "passed";
}

/** `0.90, each sentence is backed`: what an evaluator's output says in its usual fields. */
function scored(output: unknown): string | null {
  if (typeof output !== "object" || output === null || Array.isArray(output)) return null;
  const record = output as Record<string, unknown>;
  const value = record.score ?? record.value ?? record.label ?? record.verdict;
  if (typeof value !== "number" && typeof value !== "string") return null;
  const reasons = [record.why, record.reason, record.explanation, record.comment];
  const reason = reasons.find((one) => typeof one === "string" && one);
  const given = typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : value;
  return reason ? `${given}, “${reason}”` : String(given);
}

function feedbackText(score: Score, end: number): string {
  const given = score.source === "human" && score.identifier?.includes("@");
  const from = given
    ? `from ${score.identifier}`
    : `from ${score.source === "end_user" ? "the user" : "a person"}`;
  const isThumb = /^(thumbs?[ _-]?)?(up|down)$/i.test(score.label ?? "");
  const value =
    (isThumb ? null : score.label) ??
    (score.value !== null && score.value > 1 ? String(score.value) : "");
  const after = score.created_at ? Date.parse(score.created_at) - end : Number.NaN;
  const later = after >= 1000 ? laterBy(after) : "";
  const words = [value, `${from}${later}`].filter(Boolean).join(", ");
  return score.comment ? `${words}: “${score.comment}”` : words;
}

function laterBy(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 90) return `, ${s} s later`;
  if (s < 5400) return `, ${Math.round(s / 60)} min later`;
  if (s < 129_600) return `, ${Math.round(s / 3600)} h later`;
  return `, ${Math.round(s / 86_400)} d later`;
}
