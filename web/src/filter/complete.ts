/** What the filter bar offers at the cursor. */

import type { FilterField, FilterLanguage } from "../api/types";
import { isClosed, quote, type Token, tokenize, unquote } from "./tokens";

export type Expected = "field" | "operator" | "value" | "joint";

export interface Place {
  expected: Expected;
  /** The field whose operator or value is expected. */
  field: string | null;
  /** What is typed of it so far, and where it stands. */
  typed: string;
  from: number;
  to: number;
}

export interface Suggestion {
  label: string;
  /** What replaces the typed piece. */
  insert: string;
  detail: string;
  group: "Fields" | "Operators" | "Values" | "Words";
  count?: number;
}

/** What the language expects at the cursor. */
export function placeAt(text: string, cursor: number): Place {
  const before = tokenize(text.slice(0, cursor));
  const last = before.at(-1);
  const open = last !== undefined && isUnfinished(last);
  const done = (open ? before.slice(0, -1) : before).filter((token) => token.kind !== "space");
  const { expected, field } = walk(done);
  const typed = open && last ? last.text : "";
  return { expected, field, typed, from: cursor - typed.length, to: cursor };
}

/** A piece that the cursor still stands in; closed strings and marks are done. */
function isUnfinished(token: Token): boolean {
  if (token.kind === "string") return !isClosed(token.text);
  return token.kind !== "space" && token.kind !== "mark";
}

function walk(tokens: readonly Token[]): { expected: Expected; field: string | null } {
  let expected = "field" as Expected;
  let field = null as string | null;
  let listing = 0;
  let depth = 0;
  for (const token of tokens) {
    const text = token.text.toLowerCase();
    if (text === "(") {
      depth += 1;
      if (expected === "value") listing = depth;
      else expected = "field";
    } else if (text === ")") {
      if (listing === depth) listing = 0;
      depth -= 1;
      expected = "joint";
    } else if (text === "," && listing > 0) expected = "value";
    else if (text === ":") expected = "field";
    else if (token.kind === "word")
      expected = text === "not" && expected === "operator" ? "operator" : "field";
    else if (token.kind === "operator") expected = text === "exists" ? "joint" : "value";
    else if (token.kind === "field" && expected === "field") {
      field = token.text;
      expected = "operator";
    } else if (token.kind === "string" || token.kind === "number") expected = "joint";
  }
  return { expected, field };
}

/** Whether an expression is one that can be asked: nothing is open, nothing is missing at its end. */
export function isWhole(text: string): boolean {
  if (!text.trim()) return true;
  const tokens = tokenize(text);
  if (tokens.some((token) => token.kind === "string" && !isClosed(token.text))) return false;
  const opened = tokens.filter((token) => token.text === "(").length;
  const closed = tokens.filter((token) => token.text === ")").length;
  return (
    opened === closed && walk(tokens.filter((token) => token.kind !== "space")).expected === "joint"
  );
}

/** The field of the language that a path names: `metadata.a.b` is `metadata`. */
export function fieldOf(
  language: FilterLanguage | undefined,
  path: string | null,
): FilterField | null {
  if (!language || !path) return null;
  const head = path.split(".", 1)[0];
  return (
    language.fields.find((field) => field.name === path) ??
    language.fields.find((field) => field.open && field.name === head) ??
    null
  );
}

/** Suggestions at a place; `values` are the top values of the field there, when they are known. */
export function suggestions(
  place: Place,
  language: FilterLanguage | undefined,
  values: readonly { value: string; count: number }[] = [],
  limit = 10,
): Suggestion[] {
  if (!language) return [];
  const typed = place.typed.toLowerCase();
  if (place.expected === "field") return fieldSuggestions(typed, language, limit);
  const field = fieldOf(language, place.field);
  if (place.expected === "operator")
    return (field?.operators ?? language.operators.map((one) => one.name))
      .filter((name) => name.toLowerCase().startsWith(typed))
      .map((name) => ({
        label: name,
        insert: `${name} `,
        detail: language.operators.find((one) => one.name === name)?.sentence ?? "",
        group: "Operators",
      }));
  if (place.expected === "joint")
    return language.words
      .filter(({ name }) => name !== "not" && name.startsWith(typed))
      .map(({ name, sentence }) => ({
        label: name,
        insert: `${name} `,
        detail: sentence,
        group: "Words",
      }));
  return valueSuggestions(place.typed, field, values, limit);
}

function fieldSuggestions(typed: string, language: FilterLanguage, limit: number): Suggestion[] {
  const matching = language.fields.filter((field) => field.name.toLowerCase().includes(typed));
  matching.sort((a, b) => rank(a.name, typed) - rank(b.name, typed));
  return matching.slice(0, limit).map((field) => ({
    label: field.name,
    insert: field.open ? `${field.name}.` : `${field.name} `,
    detail: `${field.type} · ${field.sentence ?? ""}`,
    group: "Fields",
  }));
}

function rank(name: string, typed: string): number {
  if (name === typed) return 0;
  if (name.startsWith(typed)) return 1;
  return name.includes(`.${typed}`) ? 2 : 3;
}

function valueSuggestions(
  typed: string,
  field: FilterField | null,
  values: readonly { value: string; count: number }[],
  limit: number,
): Suggestion[] {
  const wanted = (/^["']/.test(typed) ? unquote(typed) : typed).toLowerCase();
  const known = values.map(({ value }) => value);
  const all = [
    ...values,
    ...(field?.values ?? []).filter((value) => !known.includes(value)).map((value) => ({ value })),
  ];
  const bare = field?.type === "boolean";
  return all
    .filter(({ value }) => value.toLowerCase().includes(wanted))
    .slice(0, limit)
    .map((one) => ({
      label: one.value,
      insert: `${bare ? one.value : quote(one.value)} `,
      detail: "",
      group: "Values",
      count: "count" in one ? (one.count as number) : undefined,
    }));
}

/** The text and the cursor after a suggestion was taken. */
export function applied(
  text: string,
  place: Place,
  suggestion: Suggestion,
): { text: string; cursor: number } {
  const rest = text.slice(place.to).replace(/^ /, "");
  const before = text.slice(0, place.from);
  return {
    text: before + suggestion.insert + rest,
    cursor: before.length + suggestion.insert.length,
  };
}
