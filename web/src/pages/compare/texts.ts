/** What went into a span and came out of it, as text to be compared. */

import { pretty } from "../../trace/json";
import { callsOf, messageText } from "../../trace/messages";
import { type Message, oneLine, type Span, spacedJson } from "../../trace/model";

function turnText(message: Message): string {
  const calls = callsOf([message]).map(
    (call) => `${call.name}(${spacedJson(call.arguments ?? null)})`,
  );
  const results = message.parts
    .filter((part) => part.type === "tool_result")
    .map((part) => oneLine((part as { result?: unknown }).result));
  return [messageText(message), ...calls, ...results].filter(Boolean).join("\n");
}

/** Messages as one text, each under its role. */
function messagesText(messages: readonly Message[]): string {
  if (messages.length === 1) return turnText(messages[0] as Message);
  return messages.map((message) => `${message.role}: ${turnText(message)}`).join("\n\n");
}

export interface Texts {
  input: string;
  output: string;
}

export function textsOf(span: Span): Texts {
  const documents = span.documents
    ?.map((one, at) => `${at + 1}. ${oneLine(one.content)}`)
    .join("\n");
  const said = span.messages_out?.length ? messagesText(span.messages_out) : "";
  return {
    input: span.messages_in?.length
      ? messagesText(span.messages_in)
      : pretty(span.input ?? span.input_preview ?? ""),
    output: said || documents || pretty(span.output ?? span.output_preview ?? ""),
  };
}
