/** Examples as people read and write them: one line in the table, JSON in the editor. */

import { ApiError } from "../../api/client";

export type Json = Record<string, unknown>;

const LONGEST = 400;

/** One line: the text itself where a part holds nothing but one, JSON otherwise. */
export function oneLine(part: Json | null): string {
  if (part === null) return "";
  const values = Object.values(part);
  const only = values.length === 1 ? values[0] : undefined;
  const text = typeof only === "string" ? only : values.length === 0 ? "" : JSON.stringify(part);
  const flat = text.slice(0, LONGEST * 2).replace(/\s+/g, " ");
  return flat.length > LONGEST ? `${flat.slice(0, LONGEST)}…` : flat;
}

/** The whole part as text: bare where it is nothing but one text, else JSON on lines. */
export function wholeText(part: Json | null): string {
  if (part === null) return "";
  const values = Object.values(part);
  if (values.length === 1 && typeof values[0] === "string") return values[0];
  return JSON.stringify(part, null, 2);
}

export function pretty(part: Json | null): string {
  return part === null ? "" : JSON.stringify(part, null, 2);
}

export interface Read {
  value: Json | null;
  error: string | null;
}

/** A JSON object that was typed; nothing typed is null. */
export function readObject(text: string): Read {
  if (!text.trim()) return { value: null, error: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { value: null, error: `This is no JSON: ${(error as Error).message}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { value: null, error: 'A JSON object is needed, like { "question": "…" }' };
  return { value: value as Json, error: null };
}

/** Names with commas between them, each once. */
export function readNames(text: string): string[] {
  return [
    ...new Set(
      text
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  ];
}

export interface Problems {
  inputs: string[];
  outputs: string[];
  other: string[];
}

interface Told {
  path: string;
  message: string;
}

/** The server's answer to an example that breaks the schema, by the part that does. */
export function problemsOf(error: unknown): Problems {
  const found: Problems = { inputs: [], outputs: [], other: [] };
  for (const { path, message } of violationsIn(error)) {
    const part = /^(inputs|outputs)\b[.]?/.exec(path);
    const place = part ? path.slice(part[0].length) : path;
    const said = place ? `${place}: ${message}` : message;
    found[(part?.[1] as "inputs" | "outputs" | undefined) ?? "other"].push(said);
  }
  if (found.inputs.length + found.outputs.length + found.other.length === 0)
    found.other.push(error instanceof Error ? error.message : String(error));
  return found;
}

function violationsIn(error: unknown): Told[] {
  if (!(error instanceof ApiError)) return [];
  const { violations } = (error.details ?? {}) as { violations?: unknown };
  return Array.isArray(violations) ? (violations as Told[]) : [];
}
