/** Who has said what so far: one thread for each agent, as deep as it is called. */
import { full, type Payloads, scopeOf } from "./cards";
import { askedText, callsOf, isAnswer, messageText, normal, otherParts } from "./messages";
import { type Message, oneLine } from "./model";
import type { Node, Tree } from "./tree";

/** What has been said so far within one agent. */
export interface Thread {
  depth: number;
  said: Set<string>;
  asked: string | null;
  askedShown: boolean;
  begun: boolean;
  nested: boolean;
}

const ROOT = "root";

export class Threads {
  private readonly threads = new Map<string, Thread>();
  /** What was said outside sub-agents: one agent may take the conversation over from another. */
  private readonly said = new Set<string>();

  constructor(
    private readonly tree: Tree,
    private readonly payloads: Payloads,
  ) {}

  /** The thread that a span takes part in, begun if there is none. */
  of(node: Node): Thread {
    const scope = scopeOf(node);
    const key = scope?.span.span_id ?? ROOT;
    const known = this.threads.get(key);
    if (known) return known;
    const top = scope ?? this.tree.roots[0] ?? node;
    const outer = scope?.parent ? this.outer(scope) : null;
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
  outer(scope: Node): Thread | null {
    for (let at = scopeOf(scope); at; at = scopeOf(at)) {
      const known = this.threads.get(at.span.span_id);
      if (known?.begun) return known;
    }
    const root = this.threads.get(ROOT);
    return root ?? null;
  }

  /** How far a span that is no message is moved in. */
  depthAt(node: Node): number {
    const scope = scopeOf(node);
    return this.threads.get(scope?.span.span_id ?? ROOT)?.depth ?? this.outerDepth(scope);
  }

  /** One further in than the agent that called. */
  outerDepth(scope: Node | null): number {
    const outer = scope ? this.outer(scope) : null;
    return outer?.begun ? outer.depth + 1 : 0;
  }

  private askedOf(node: Node): string | null {
    return askedText(full(node, this.payloads)) ?? node.span.input_preview ?? null;
  }
}

/** What makes two messages the same: role, text and the calls in it, not ids or thoughts. */
export function messageKey(message: Message): string {
  const role = isAnswer(message.role) ? "assistant" : message.role;
  const called = callsOf([message]).map((call) => `${call.name}(${oneLine(call.arguments)})`);
  const media = otherParts(message).length;
  return `${role} ${normal(messageText(message))} ${called.join(" ")} ${media || ""}`.trim();
}
