/**
 * A trace as people read it: who said what, which tools ran and what they gave.
 *
 * Each model call repeats the whole conversation before it. New in a call is only what follows the
 * last answer of the model, so the rest is shown once, where it first came up. A call that does not
 * continue its agent's conversation (a query rewritten, a document graded) keeps its prompt folded.
 * Works with what is loaded: without payloads a call shows the previews of its input and output.
 */
import { answerBlock, plainBlocks } from "./answers";
import type { Block, CardBlock, EventBlock } from "./blocks";
import {
  CallMatcher,
  type Card,
  type CardSource,
  cardDocument,
  full,
  makeCard,
  type Payloads,
} from "./cards";
import { citationsIn } from "./citations";
import { feedbackBlock, givenByPeople } from "./feedback";
import { callsOf, resultsOf, tailStart } from "./messages";
import type { Trace } from "./model";
import { Questions } from "./questions";
import { errorTitle, rootCause, withoutType } from "./rootcause";
import { Threads } from "./threads";
import type { Node, Tree } from "./tree";
import { verdict } from "./verdict";
import { hasCallsBelow, holds, isWrapper } from "./wrappers";

export function conversation(trace: Trace, tree: Tree, payloads: Payloads): Block[] {
  return new Reader(trace, tree, payloads).read();
}

class Reader {
  private readonly blocks: Block[] = [];
  private readonly matcher: CallMatcher;
  private readonly source: CardSource;
  private readonly threads: Threads;
  private readonly questions: Questions;
  private readonly holdsModel: Uint8Array;
  private readonly shown = new Set<Node>();
  private readonly agents: number;

  constructor(
    private readonly trace: Trace,
    private readonly tree: Tree,
    private readonly payloads: Payloads,
  ) {
    this.threads = new Threads(tree, payloads);
    this.questions = new Questions(trace, tree, this.blocks);
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
        if (this.holdsModel[node.index] === 1 && isWrapper(node, this.tree)) return true;
        this.model(node);
        return hasCallsBelow(node, this.tree);
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

  private model(node: Node): void {
    this.shown.add(node);
    const thread = this.threads.of(node);
    const span = full(node, this.payloads);
    const loaded = (span.messages_in?.length ?? 0) + (span.messages_out?.length ?? 0) > 0;
    const prompt = loaded
      ? this.questions.of(node, span, thread)
      : this.questions.ofPreview(node, thread);
    thread.begun = true;
    this.blocks.push(answerBlock(node, span, thread, prompt, loaded));
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

  private lonelyCard(node: Node): void {
    if (node.parent && this.matcher.taken.has(node.parent) && this.holdsModel[node.index] !== 1)
      return;
    const spans = this.matcher.attemptsOf(node);
    for (const one of spans) this.shown.add(one);
    this.card(makeCard(null, spans, this.source), node.span.span_id, this.threads.depthAt(node));
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
      this.threads.outerDepth(node),
    );
  }

  private isCalled(node: Node): boolean {
    return node.parent !== null && this.threads.outer(node)?.begun === true;
  }

  private check(node: Node): void {
    this.shown.add(node);
    const span = full(node, this.payloads);
    const failed = span.status === "error";
    const said = failed ? (span.status_message ?? "failed") : verdict(span);
    const icon = span.kind === "evaluator" ? "evaluator" : "guardrail";
    this.event(node, icon, span.name, said, failed, this.threads.depthAt(node));
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
    for (const one of givenByPeople(this.trace, this.tree))
      this.blocks.push(feedbackBlock(one, this.tree));
  }

  /** A trace without model calls: its input and its output. */
  private plain(root: Node): void {
    const { asked, gave } = plainBlocks(root, full(root, this.payloads), this.trace);
    if (asked) this.blocks.unshift(asked);
    if (gave) this.blocks.push(gave);
    if (gave?.error) this.shown.add(root);
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
