/** Reading messages: their text, what is new in a call, and what a person asked in the first place. */
import { field, isBlobRef, type Message, type Part, type Span, textOf } from "./model";

export function partText(part: Part): string {
  return part.type === "text" ? (textOf(field(part, "text")) ?? "") : "";
}

/** The text of a message without its thoughts, calls and results. */
export function messageText(message: Message): string {
  return message.parts.map(partText).filter(Boolean).join("\n\n");
}

/** The thoughts of a message, joined. */
export function thoughtText(message: Message): string {
  const thoughts = message.parts.filter(
    (part) => part.type === "reasoning" || part.type === "thinking",
  );
  return thoughts
    .map((part) => textOf(field(part, "text")) ?? "")
    .filter(Boolean)
    .join("\n\n");
}

export interface Call {
  id: string | null;
  name: string;
  arguments: unknown;
}

export function callsOf(messages: Message[]): Call[] {
  return messages.flatMap((message) =>
    message.parts
      .filter((part) => part.type === "tool_call")
      .map((part) => ({
        id: (field(part, "id") as string | null) || null,
        name: String(field(part, "name") ?? ""),
        arguments: field(part, "arguments"),
      })),
  );
}

export function resultsOf(messages: Message[]): { id: string; result: unknown }[] {
  return messages.flatMap((message) =>
    message.parts
      .filter((part) => part.type === "tool_result" && field(part, "id"))
      .map((part) => ({ id: String(field(part, "id")), result: field(part, "result") })),
  );
}

const SHOWN_PARTS = new Set(["text", "reasoning", "thinking", "tool_call", "tool_result"]);

/** Whether a text is the beginning of one that lies apart. */
export function isCut(part: Part): boolean {
  return (part.type === "text" || part.type === "reasoning") && isBlobRef(field(part, "blob"));
}

/** Images, audio, files, what we do not know, and texts of which only the beginning is at hand. */
export function otherParts(message: Message): Part[] {
  return message.parts.filter((part) => !SHOWN_PARTS.has(part.type) || isCut(part));
}

/** Text as it is compared: spaces joined, the rest as written. */
export function normal(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Where the messages begin that a call was made for: after the last answer of the model. */
export function tailStart(messages: Message[]): number {
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    if (isAnswer(messages[at]?.role)) return at + 1;
  }
  return 0;
}

/** Whether a role is the model's; some name it after their own library. */
export function isAnswer(role: string | undefined): boolean {
  return role === "assistant" || role === "ai" || role === "model";
}

export function isInstruction(role: string): boolean {
  return role === "system" || role === "developer";
}

const ASKED_KEYS = [
  ...["input", "question", "query", "user_input", "user_message", "message", "prompt", "text"],
  ...["content", "task", "topic", "request", "user_prompt", "messages", "chat_input"],
];

const ANSWERED_KEYS = [
  ...["output", "answer", "result", "response", "text", "content", "final_output", "message"],
  ...["messages", "choices"],
];

type Spoken = Partial<Pick<Span, "messages_in" | "messages_out" | "input" | "output">>;

/** The text a person gave: the last user message, or the one telling field of an input. */
export function askedText(span: Spoken): string | null {
  const asked = span.messages_in?.filter((message) => message.role === "user").at(-1);
  const text = asked ? messageText(asked) : "";
  if (text) return text;
  return plainText(span.input, ASKED_KEYS, isUserTurn, 5);
}

/** The output of a span as text, when it is text or has one telling field. */
export function answeredText(span: Spoken): string | null {
  const message = span.messages_out?.at(-1);
  const text = message ? messageText(message) : "";
  if (text) return text;
  return plainText(span.output, ANSWERED_KEYS, isAnswerTurn, 5);
}

type Turn = (value: unknown) => boolean;

/** The text in a value: itself, the right turn of a list, or the field that tells. */
function plainText(value: unknown, keys: string[], isTurn: Turn, depth: number): string | null {
  if (typeof value === "string") return value.trim() || null;
  if (isBlobRef(value)) return value.preview || null;
  if (depth === 0 || typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) {
    const texts = value.filter(isTextPart).map((part) => part.text);
    if (texts.length > 0) return texts.join("\n\n");
    const turn = value.filter(isTurn).at(-1) ?? (value.length === 1 ? value[0] : null);
    return plainText(turn, keys, isTurn, depth - 1);
  }
  const record = value as Record<string, unknown>;
  for (const key of ["parts", ...keys]) {
    const found = plainText(record[key], keys, isTurn, depth - 1);
    if (found) return found;
  }
  const only = Object.values(record);
  return only.length === 1 ? plainText(only[0], keys, isTurn, depth - 1) : null;
}

function isTextPart(value: unknown): value is { text: string } {
  const part = value as { type?: unknown; text?: unknown } | null;
  return part?.type === "text" && typeof part.text === "string";
}

function isAnswerTurn(value: unknown): boolean {
  const turn = value as { role?: unknown; type?: unknown } | null;
  return isAnswer(String(turn?.role ?? "")) || turn?.type === "ai";
}

function isUserTurn(value: unknown): boolean {
  const turn = value as { role?: unknown; type?: unknown } | null;
  return turn?.role === "user" || turn?.role === "human" || turn?.type === "human";
}
