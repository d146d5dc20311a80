/** A prompt as people write it: how its parts read, and how a form holds them. */
import type { Message, PlainPrompt } from "./queries";

export interface DraftMessage {
  /** Steady while the form is open: what React holds on to. */
  id: number;
  role: string;
  /** The text, or JSON where the content is a list of parts. */
  content: string;
  /** The content is a list of parts. */
  parts: boolean;
  /** Of a placeholder: the variable that brings the messages. */
  name: string;
  optional: boolean;
  /** What the form does not show and gives back as it was. */
  rest: Message;
}

export interface Draft {
  type: PlainPrompt["type"];
  format: PlainPrompt["template_format"];
  messages: DraftMessage[];
  provider: string;
  model: string;
  /** JSON texts; empty for nothing. */
  parameters: string;
  tools: string;
  schema: string;
  description: string;
  /** Names with commas. */
  labels: string;
}

export const ROLES = ["system", "user", "assistant", "placeholder"] as const;

let made = 0;

export function newMessage(given: Partial<DraftMessage> = {}): DraftMessage {
  made += 1;
  return {
    id: made,
    role: "user",
    content: "",
    parts: false,
    name: "",
    optional: true,
    rest: {},
    ...given,
  };
}

export function contentOf(message: Message): string {
  const { content } = message;
  if (content === undefined || content === null) return "";
  return typeof content === "string" ? content : JSON.stringify(content, null, 2);
}

export function modelOf(prompt: PlainPrompt): { provider: string; name: string } | null {
  const { model } = prompt;
  if (!model) return null;
  return typeof model === "string" ? { provider: "", name: model } : model;
}

export function draftOf(prompt: PlainPrompt | null | undefined): Draft {
  const model = prompt ? modelOf(prompt) : null;
  return {
    type: prompt?.type ?? "chat",
    format: prompt?.template_format ?? "f-string",
    messages: prompt
      ? prompt.messages.map(asDraft)
      : [newMessage({ role: "system" }), newMessage({ content: "{question}" })],
    provider: model?.provider ?? "",
    model: model?.name ?? "",
    parameters: jsonText(prompt?.parameters),
    tools: jsonText(prompt?.tools),
    schema: jsonText(prompt?.schema),
    description: "",
    labels: "",
  };
}

function asDraft(message: Message): DraftMessage {
  const { role, content, name, optional, ...rest } = message;
  const isPlaceholder = role === "placeholder";
  return newMessage({
    role: String(role ?? "user"),
    content: contentOf({ content }),
    parts: content != null && typeof content !== "string",
    name: isPlaceholder ? String(name ?? "") : "",
    optional: optional === true,
    rest: isPlaceholder || name === undefined ? rest : { ...rest, name },
  });
}

function jsonText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0) return "";
  return JSON.stringify(value, null, 2);
}

/** The prompt that a draft asks for. Throws an Error that says what is wrong. */
export function promptOf(draft: Draft): PlainPrompt {
  const name = draft.model.trim();
  const schema = json(draft.schema, "Answer schema", "object");
  return {
    type: draft.type,
    template_format: draft.format,
    messages: draft.messages.map(messageOf),
    variables: [],
    model: name ? { provider: draft.provider.trim(), name } : null,
    parameters: (json(draft.parameters, "Parameters", "object") ?? {}) as Record<string, unknown>,
    tools: (json(draft.tools, "Tools", "list") ?? []) as unknown[],
    schema: schema as Record<string, unknown> | null,
  };
}

function messageOf(draft: DraftMessage, at: number): Message {
  if (draft.role === "placeholder") {
    const name = draft.name.trim();
    if (!name) throw new Error(`Message ${at + 1}: a placeholder needs the name of its variable.`);
    return { ...draft.rest, role: "placeholder", name, optional: draft.optional };
  }
  const content = draft.parts ? json(draft.content, `Message ${at + 1}`, "list") : draft.content;
  return { ...draft.rest, role: draft.role, content: content ?? [] };
}

function json(text: string, what: string, shape: "object" | "list"): unknown {
  if (text.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${what}: no valid JSON. ${error instanceof Error ? error.message : ""}`);
  }
  const fits =
    shape === "list"
      ? Array.isArray(value)
      : typeof value === "object" && value !== null && !Array.isArray(value);
  if (!fits) throw new Error(`${what}: a JSON ${shape} belongs here.`);
  return value;
}

/** Labels as typed: `production, staging`. */
export function labelsOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(",")
        .map((label) => label.trim())
        .filter(Boolean),
    ),
  ];
}

export interface Piece {
  text: string;
  /** The piece fills in a variable. */
  variable: boolean;
}

const HOLES = {
  "f-string": /\{\{|\}\}|\{[^{}]*\}/g,
  mustache: /\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\}/g,
} as const;

/** A template in pieces, so that what is filled in can be marked. */
export function pieces(text: string, format: string): Piece[] {
  const holes = format === "f-string" ? HOLES["f-string"] : HOLES.mustache;
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(holes)) {
    if (match[0] === "{{" || match[0] === "}}") continue;
    if (match.index > at) found.push({ text: text.slice(at, match.index), variable: false });
    found.push({ text: match[0], variable: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: text.slice(at), variable: false });
  return found;
}

/** What a person typed for a variable: JSON where it is a list or an object, else the text. */
export function typedValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
