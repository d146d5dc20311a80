/** What the filter bar offers at the cursor. */

import type { FilterField, FilterLanguage } from "../api/types";
import { isClosed, quote, type Token, tokenize, unquote } from "./tokens";

export type Expected = "field" | "scope" | "operator" | "value" | "joint";

export interface Place {
  expected: Expected;
  /** The field whose operator or value is expected. */
  field: string | null;
  /** What the quantifier around it runs over: `span` in `any(span: …)`; null outside of all. */
  over: string | null;
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
  const typed = open && last ? last.text : "";
  return { ...walk(done), typed, from: cursor - typed.length, to: cursor };
}

/** A piece that the cursor still stands in; closed strings and marks are done. */
function isUnfinished(token: Token): boolean {
  if (token.kind === "string") return !isClosed(token.text);
  return token.kind !== "space" && token.kind !== "mark";
}

function walk(tokens: readonly Token[]): Pick<Place, "expected" | "field" | "over"> {
  let expected = "field" as Expected;
  let field = null as string | null;
  let listing = 0;
  let asksExistence = false;
  /** One entry an open parenthesis: what its quantifier runs over, "" until that is named. */
  const open: (string | null)[] = [];
  let before = "";
  for (const token of tokens) {
    const text = token.text.toLowerCase();
    if (text === "(") {
      const quantified = before === "any" || before === "all";
      open.push(quantified ? "" : (open.at(-1) ?? null));
      if (expected === "value") listing = open.length;
      else expected = quantified ? "scope" : "field";
    } else if (text === ")") {
      if (listing === open.length) listing = 0;
      open.pop();
      expected = "joint";
    } else if (text === "," && listing > 0) expected = "value";
    else if (text === ":") expected = "field";
    else if (token.kind === "word")
      expected = text === "not" && expected === "operator" ? "operator" : "field";
    else if (text === "exists" && expected === "field") asksExistence = true;
    else if (token.kind === "operator") expected = text === "exists" ? "joint" : "value";
    else if (token.kind === "field" && expected === "scope") open[open.length - 1] = text;
    else if (token.kind === "field" && expected === "field") {
      field = token.text;
      expected = asksExistence ? "joint" : "operator";
      asksExistence = false;
    } else if (token.kind === "string" || token.kind === "number") expected = "joint";
    before = text;
  }
  return { expected, field, over: open.at(-1) || null };
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
  const entry = ENTRIES[place.over ?? ""];
  if (place.expected === "scope") return scopeSuggestions(typed, language);
  if (place.expected === "field" && entry) return entrySuggestions(typed, entry);
  if (place.expected === "field")
    return [...quantifierSuggestions(typed, language), ...fieldSuggestions(place, language, limit)];
  const field = entry ? null : fieldOf(language, place.field);
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

/** What `any(metadata: …)` and its like ask of one entry. */
const PAIR = ["key", "value"];
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  metadata: PAIR,
  input: PAIR,
  output: PAIR,
  score: ["name", "value", "label", "source", "comment"],
};

/** Whether a place is within entries, whose parts are no fields of the language. */
export function isInEntries(place: Place): boolean {
  return (place.over ?? "") in ENTRIES;
}

function entrySuggestions(typed: string, names: readonly string[]): Suggestion[] {
  return names
    .filter((name) => name.startsWith(typed))
    .map((name) => ({ label: name, insert: `${name} `, detail: "of the entry", group: "Fields" }));
}

/** `any(span: …)` and its like, as the language lists them. */
const QUANTIFIED = /^(any|all)\((\w+): /;

function quantifierSuggestions(typed: string, language: FilterLanguage): Suggestion[] {
  if (!typed) return [];
  return language.functions.flatMap(({ name, sentence }) => {
    const begin = QUANTIFIED.exec(name)?.[0];
    if (!begin?.startsWith(typed)) return [];
    return { label: name, insert: begin, detail: sentence, group: "Words" as const };
  });
}

function scopeSuggestions(typed: string, language: FilterLanguage): Suggestion[] {
  const known = new Map<string, string>();
  for (const { name, sentence } of language.functions) {
    const over = QUANTIFIED.exec(name)?.[2];
    if (over?.startsWith(typed) && !known.has(over)) known.set(over, sentence);
  }
  return [...known].map(([over, sentence]) => ({
    label: over,
    insert: `${over}: `,
    detail: sentence,
    group: "Words" as const,
  }));
}

/** Within `any(span: …)` on traces the fields that only spans have stand before those of traces. */
function fieldSuggestions(place: Place, language: FilterLanguage, limit: number): Suggestion[] {
  const typed = place.typed.toLowerCase();
  const matching = language.fields.filter((field) => field.name.toLowerCase().includes(typed));
  const later = (field: FilterField) => Number(place.over !== null && field.own);
  matching.sort((a, b) => rank(a.name, typed) - rank(b.name, typed) || later(a) - later(b));
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
