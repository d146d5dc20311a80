/**
 * What a model was asked, as far as it has not been shown: each call repeats all that was said before.
 */
import { type Block, plainMessage } from "./blocks";
import { isInstruction, messageText, normal, otherParts, tailStart } from "./messages";
import type { Message, Part, Span, Trace } from "./model";
import { messageKey, type Thread } from "./threads";
import type { Node, Tree } from "./tree";

export class Questions {
  constructor(
    private readonly trace: Trace,
    private readonly tree: Tree,
    /** Where what is shown is put. */
    private readonly blocks: Block[],
  ) {}

  /** Shows what is new in the input of a call; gives the prompt when it stands apart. */
  of(node: Node, span: Span, thread: Thread): string | null {
    const messages = span.messages_in ?? [];
    const tail = tailStart(messages);
    const fresh = messages
      .slice(tail)
      .filter((one) => !isInstruction(one.role) && one.role !== "tool" && worthShowing(one))
      .filter((one) => !thread.said.has(messageKey(one)));
    const continues =
      tail > 0 || messages.some((one) => one.role === "tool" || thread.said.has(messageKey(one)));
    if (!thread.begun) this.earlier(node, messages.slice(0, tail), thread);
    for (const one of messages) thread.said.add(messageKey(one));
    if (thread.begun && !continues) return fresh.map(messageText).join("\n\n") || null;
    const prompts = fresh.map((one) => this.user(node, one, thread)).filter(Boolean);
    if (fresh.length === 0 && !thread.begun) this.instructionsOnly(node, messages, thread);
    return prompts.join("\n\n") || null;
  }

  /** Messages of an earlier trace that the first call brings along. */
  private earlier(node: Node, before: Message[], thread: Thread): void {
    const messages = before.filter(
      (one) => !isInstruction(one.role) && !thread.said.has(messageKey(one)),
    );
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

  /** The same of a call whose payload is not there yet. */
  ofPreview(node: Node, thread: Thread): null {
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
}

function worthShowing(message: Message): boolean {
  return messageText(message) !== "" || otherParts(message).length > 0;
}

/** Whether a message is one field of a larger input, JSON for instance. */
function isPieceOf(given: string, asked: string): boolean {
  if (given.length === 0 || given.length > asked.length) return false;
  return asked.includes(given) || asked.includes(JSON.stringify(given).slice(1, -1));
}
