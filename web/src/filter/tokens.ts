/** The pieces of a filter expression, as the bar colours them. Never fails: what is odd is `odd`. */

export type TokenKind =
  | "field"
  | "quantifier"
  | "string"
  | "number"
  | "word"
  | "operator"
  | "mark"
  | "space"
  | "odd";

export interface Token {
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
}

const RULES: readonly [TokenKind, RegExp][] = [
  ["space", /\s+/y],
  ["string", /"(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$)/y],
  [
    "number",
    /\d{4}-\d{2}-\d{2}(?:[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?/y,
  ],
  ["number", /[+-]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?:ms|s|m|h|d|k|M)?(?![\w.])/y],
  ["quantifier", /(?:any|all)(?=\s*\()/iy],
  ["word", /(?:and|or|not)\b(?!\.)/iy],
  ["operator", /(?:contains|matches|has|in|exists)\b(?!\.)|<=|>=|!=|==|[=<>~]/iy],
  ["number", /(?:true|false|null|now)\b(?!\.)/iy],
  ["field", /[\p{L}_][\p{L}\p{N}_]*(?:\.(?:[\p{L}\p{N}_\-:/@$*+]+|"(?:\\.|[^"\\])*"?))*\.?/uy],
  ["mark", /[():,+-]/y],
];

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = next(text, at) ?? { kind: "odd" as const, text: text.charAt(at) };
    tokens.push({ ...token, start: at, end: at + token.text.length });
    at += token.text.length;
  }
  return tokens;
}

function next(text: string, at: number): { kind: TokenKind; text: string } | null {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const found = rule.exec(text);
    if (found?.[0]) return { kind, text: found[0] };
  }
  return null;
}

/** Whether a token of kind `string` has its closing quotation mark. */
export function isClosed(text: string): boolean {
  if (text.length < 2 || text.at(-1) !== text.charAt(0)) return false;
  const slashes = /\\*$/.exec(text.slice(0, -1))?.[0].length ?? 0;
  return slashes % 2 === 0;
}

/** A text as the language writes it. */
export function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** What a string literal says. */
export function unquote(literal: string): string {
  return literal
    .slice(1, isClosed(literal) ? -1 : undefined)
    .replace(/\\(.)/g, (_, char: string) => ({ n: "\n", t: "\t", r: "\r" })[char] ?? char);
}
