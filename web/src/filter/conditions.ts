/**
 * The chips: conditions set by a facet, a chart or a cell. In the address they stand as one
 * expression, joined by `and`; what a chip cannot show in its own way it shows as it is written.
 */

import { quote, type Token, tokenize, unquote } from "./tokens";

export type Condition =
  | { kind: "is"; field: string; list: boolean; values: readonly string[]; not: boolean }
  | { kind: "range"; field: string; from: number | null; to: number | null }
  | { kind: "known"; field: string; not: boolean }
  | { kind: "other"; text: string };

/** Fields that hold several values, asked with `has`. */
const LISTS = new Set(["tags", "models", "providers", "kinds", "tools", "prompt_names"]);

export function isListField(field: string): boolean {
  return LISTS.has(field);
}

export function is(field: string, value: string, not = false): Condition {
  return { kind: "is", field, list: isListField(field), values: [value], not };
}

export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "other":
      return condition.text;
    case "known":
      return `${condition.field} ${condition.not ? "not " : ""}exists`;
    case "range": {
      const { field, from, to } = condition;
      const parts = [
        ...(from === null ? [] : [`${field} >= ${from}`]),
        ...(to === null ? [] : [`${field} <= ${to}`]),
      ];
      return parts.length > 1 ? `(${parts.join(" and ")})` : (parts[0] ?? "");
    }
    case "is":
      return `${condition.not ? "not " : ""}${positive(condition)}`;
  }
}

function positive({ field, list, values }: Extract<Condition, { kind: "is" }>): string {
  const written = values.map(literal);
  if (list) {
    const parts = written.map((value) => `${field} has ${value}`);
    return parts.length > 1 ? `(${parts.join(" or ")})` : (parts[0] ?? "");
  }
  if (written.length > 1) return `${field} in (${written.join(", ")})`;
  return `${field} = ${written[0]}`;
}

/** `true` and `false` are what the language calls them; all else is text. */
function literal(value: string): string {
  return value === "true" || value === "false" ? value : quote(value);
}

export function conditionsText(conditions: readonly Condition[]): string {
  return conditions.map(conditionText).filter(Boolean).join(" and ");
}

/** Bar and chips as the one filter that the server is asked for. */
export function joined(bar: string, conditions: readonly Condition[]): string {
  const chips = conditionsText(conditions);
  const typed = bar.trim();
  if (!typed || !chips) return typed || chips;
  return `(${typed}) and ${chips}`;
}

export function parseConditions(text: string | undefined): Condition[] {
  if (!text?.trim()) return [];
  return pieces(tokenize(text)).map(parseOne);
}

/** The tokens between top-level `and`s; an `or` on the top level makes the whole one piece. */
function pieces(tokens: Token[]): Token[][] {
  let depth = 0;
  const found: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    const word = token.kind === "word" && depth === 0 ? token.text.toLowerCase() : "";
    if (word === "or") return [tokens];
    if (word === "and") found.push([]);
    else found.at(-1)?.push(token);
  }
  return found.filter((piece) => piece.some((token) => token.kind !== "space"));
}

function parseOne(all: Token[]): Condition {
  const text = all
    .map((token) => token.text)
    .join("")
    .trim();
  const tokens = all.filter((token) => token.kind !== "space");
  const not = tokens[0]?.text.toLowerCase() === "not";
  const rest = not ? tokens.slice(1) : tokens;
  return (
    known(rest, not) ??
    equal(rest, not) ??
    within(rest, not) ??
    between(rest, not) ??
    listed(rest, not) ?? {
      kind: "other",
      text,
    }
  );
}

function textOf(token: Token | undefined): string | null {
  if (token?.kind === "string") return unquote(token.text);
  return token && /^(true|false)$/i.test(token.text) ? token.text.toLowerCase() : null;
}

function known(tokens: Token[], not: boolean): Condition | null {
  const [field, second, third] = tokens;
  if (field?.kind !== "field") return null;
  const denied = second?.text.toLowerCase() === "not";
  const word = denied ? third : second;
  if (word?.text.toLowerCase() !== "exists" || tokens.length !== (denied ? 3 : 2)) return null;
  return { kind: "known", field: field.text, not: denied !== not };
}

function equal(tokens: Token[], not: boolean): Condition | null {
  const [field, operator, value] = tokens;
  const text = textOf(value);
  if (tokens.length !== 3 || field?.kind !== "field" || text === null) return null;
  const sign = operator?.text.toLowerCase();
  if (sign !== "=" && sign !== "==" && sign !== "has") return null;
  return { kind: "is", field: field.text, list: sign === "has", values: [text], not };
}

function within(tokens: Token[], not: boolean): Condition | null {
  const [field, operator, open] = tokens;
  if (field?.kind !== "field" || operator?.text.toLowerCase() !== "in" || open?.text !== "(")
    return null;
  if (tokens.at(-1)?.text !== ")") return null;
  const inner = tokens.slice(3, -1).filter((token) => token.text !== ",");
  const values = inner.map(textOf);
  if (values.length === 0 || values.includes(null)) return null;
  return { kind: "is", field: field.text, list: false, values: values as string[], not };
}

function bound(tokens: Token[]): { field: string; sign: string; value: number } | null {
  const [field, operator, value] = tokens;
  if (tokens.length !== 3 || field?.kind !== "field" || value?.kind !== "number") return null;
  const number = Number(value.text);
  if (!Number.isFinite(number) || (operator?.text !== ">=" && operator?.text !== "<=")) return null;
  return { field: field.text, sign: operator.text, value: number };
}

function between(tokens: Token[], not: boolean): Condition | null {
  if (not) return null;
  const one = bound(tokens);
  if (one)
    return {
      kind: "range",
      field: one.field,
      from: one.sign === ">=" ? one.value : null,
      to: one.sign === "<=" ? one.value : null,
    };
  if (tokens.length !== 9 || tokens[0]?.text !== "(" || tokens[8]?.text !== ")") return null;
  const low = bound(tokens.slice(1, 4));
  const high = bound(tokens.slice(5, 8));
  if (!low || !high || low.field !== high.field || low.sign !== ">=" || high.sign !== "<=")
    return null;
  return { kind: "range", field: low.field, from: low.value, to: high.value };
}

/** `(tags has "a" or tags has "b")` */
function listed(tokens: Token[], not: boolean): Condition | null {
  if (tokens[0]?.text !== "(" || tokens.at(-1)?.text !== ")") return null;
  const inner = tokens.slice(1, -1);
  const values: string[] = [];
  const field = inner[0]?.text;
  for (let i = 0; i < inner.length; i += 4) {
    const one = equal(inner.slice(i, i + 3), false);
    const link = inner[i + 3];
    if (one?.kind !== "is" || !one.list || one.field !== field) return null;
    if (link && link.text.toLowerCase() !== "or") return null;
    values.push(one.values[0] ?? "");
  }
  return field ? { kind: "is", field, list: true, values, not } : null;
}

/** The conditions after a click on a facet's value: added, or taken away when it was chosen. */
export function toggled(
  conditions: readonly Condition[],
  field: string,
  value: string,
  not: boolean,
): Condition[] {
  const at = conditions.findIndex(
    (one) => one.kind === "is" && one.field === field && one.not === not,
  );
  const others = conditions.filter(
    (one) =>
      !(one.kind === "is" && one.field === field && one.not !== not && one.values.includes(value)),
  );
  if (at < 0) return [...others, is(field, value, not)];
  return conditions.flatMap((one, i): Condition[] => {
    if (one.kind !== "is" || one.field !== field) return [one];
    if (i !== at) {
      const values = one.values.filter((known) => known !== value);
      return values.length > 0 ? [{ ...one, values }] : [];
    }
    const values = one.values.includes(value)
      ? one.values.filter((known) => known !== value)
      : [...one.values, value];
    return values.length > 0 ? [{ ...one, values }] : [];
  });
}

/** The conditions with the range of a field set, or taken away. */
export function ranged(
  conditions: readonly Condition[],
  field: string,
  range: { from: number | null; to: number | null } | null,
): Condition[] {
  const others = conditions.filter((one) => !(one.kind === "range" && one.field === field));
  return range ? [...others, { kind: "range", field, ...range }] : others;
}

/** All but those about one field: a facet's counts ignore the facet's own choice. */
export function withoutField(conditions: readonly Condition[], field: string): Condition[] {
  return conditions.filter((one) => one.kind === "other" || one.field !== field);
}
