/** What a model answered, and what a trace without models gave. */
import { type MessageBlock, plainMessage } from "./blocks";
import { answeredText, askedText, messageText, otherParts, thoughtText } from "./messages";
import { oneLine, type Span, type Trace } from "./model";
import { errorTitle, withoutType } from "./rootcause";
import { messageKey, type Thread } from "./threads";
import type { Node } from "./tree";

function errorOf(node: Node, span: Span): MessageBlock["error"] {
  if (span.status !== "error") return null;
  const title = errorTitle(node);
  return { title, message: withoutType(title, span.status_message ?? "") };
}

/** What a preview says; calls that it tells of stand as cards below. */
function spokenPreview(preview: string): string {
  return /^[\w.-]+\(\{/.test(preview) ? "" : preview;
}

/** The answer of a call; without payloads the preview of it. */
export function answerBlock(
  node: Node,
  span: Span,
  thread: Thread,
  prompt: string | null,
  loaded: boolean,
): MessageBlock {
  const messages = span.messages_out ?? [];
  for (const one of messages) thread.said.add(messageKey({ ...one, role: "assistant" }));
  const thought = messages.map(thoughtText).filter(Boolean).join("\n\n");
  const text = loaded
    ? messages.map(messageText).filter(Boolean).join("\n\n")
    : (answeredText(span) ?? spokenPreview(node.span.output_preview ?? ""));
  return {
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
    error: errorOf(node, span),
    figures: true,
    citations: new Map(),
    preview: !loaded,
    running: node.unfinished,
  };
}

/** Input and output of a trace in which no model spoke; null for what it lacks. */
export function plainBlocks(
  root: Node,
  span: Span,
  trace: Trace,
): { asked: MessageBlock | null; gave: MessageBlock | null } {
  const asked = askedText(span) ?? (oneLine(span.input) || span.input_preview) ?? "";
  const gave = answeredText(span) ?? (oneLine(span.output) || span.output_preview) ?? "";
  const make = (role: string, text: string): MessageBlock => ({
    ...plainMessage,
    id: `${span.span_id}/${role}`,
    node: root,
    role,
    who: role === "user" ? trace.user_id : span.name,
    text,
    figures: role !== "user",
    error: role === "user" ? null : errorOf(root, span),
    citations: new Map(),
  });
  return {
    asked: asked ? make("user", asked) : null,
    gave: gave || span.status === "error" ? make("output", gave) : null,
  };
}
