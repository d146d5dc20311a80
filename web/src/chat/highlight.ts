/** Colours of code: comments, strings, numbers, words of the language and names that are called. */

export interface Piece {
  text: string;
  kind?: "comment" | "string" | "number" | "word" | "name";
  /** Where it begins. */
  at: number;
}

interface Language {
  /** Comments up to the end of a line. */
  line?: string;
  /** Comments between two marks. */
  block?: [string, string];
  /** Texts that go over lines. */
  long?: string[];
  words: string;
  /** Words in capitals or not. */
  loose?: boolean;
}

const C: Language = {
  line: "//",
  block: ["/*", "*/"],
  words:
    "abstract as async await bool boolean break case catch char class const continue default delete do double else enum export extends extern false final float fn for from func function go if implements import in int interface let long match mod mut namespace new nil null package private protected pub public readonly return self static string struct super switch this throw trait true try type typeof undefined unsigned use var void while yield",
};
const PYTHON: Language = {
  line: "#",
  long: ['"""', "'''"],
  words:
    "and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return self True try while with yield",
};
const SHELL: Language = {
  line: "#",
  words:
    "case cd do done echo elif else esac exit export fi for function if in local return set sudo then while",
};
const SQL: Language = {
  line: "--",
  block: ["/*", "*/"],
  loose: true,
  words:
    "and as asc between by case create delete desc distinct drop else end exists from full group having in index inner insert into is join left like limit not null on or order outer primary key right select set table then union update values view when where with",
};
const DATA: Language = { line: "#", words: "true false null yes no on off" };
const LANGUAGES: Record<string, Language> = {
  python: PYTHON,
  py: PYTHON,
  bash: SHELL,
  sh: SHELL,
  shell: SHELL,
  zsh: SHELL,
  console: SHELL,
  sql: SQL,
  yaml: DATA,
  yml: DATA,
  toml: DATA,
  ini: DATA,
  json: { words: "true false null" },
};
for (const name of "c cpp c++ cs csharp css dart go java javascript js jsx kotlin php rust rs scala swift ts tsx typescript".split(
  " ",
))
  LANGUAGES[name] = C;

/** The pieces of a text, which together are the text again; null for a language nobody knows. */
export function highlight(text: string, name: string): Piece[] | null {
  const language = LANGUAGES[name.toLowerCase()];
  if (!language) return null;
  const words = new Set(language.words.split(" "));
  const pieces: Piece[] = [];
  let plain = 0;
  for (const match of text.matchAll(patternOf(language))) {
    const kind = kindOf(match[0], language, words, text[match.index + match[0].length]);
    if (!kind) continue;
    if (match.index > plain) pieces.push({ text: text.slice(plain, match.index), at: plain });
    pieces.push({ text: match[0], kind, at: match.index });
    plain = match.index + match[0].length;
  }
  if (plain < text.length) pieces.push({ text: text.slice(plain), at: plain });
  return pieces;
}

function kindOf(
  found: string,
  language: Language,
  words: Set<string>,
  next: string | undefined,
): Piece["kind"] {
  const { line, block } = language;
  if ((line && found.startsWith(line)) || (block && found.startsWith(block[0]))) return "comment";
  if (/^["'`]/.test(found)) return "string";
  if (/^\d/.test(found)) return "number";
  if (words.has(language.loose ? found.toLowerCase() : found)) return "word";
  return next === "(" ? "name" : undefined;
}

function patternOf({ line, block, long = [] }: Language): RegExp {
  const parts = [
    ...long.map((mark) => `${mark}[\\s\\S]*?(?:${mark}|$)`),
    ...(block ? [`${escaped(block[0])}[\\s\\S]*?(?:${escaped(block[1])}|$)`] : []),
    ...(line ? [`${escaped(line)}[^\\n]*`] : []),
    '"(?:[^"\\\\\\n]|\\\\.)*"?',
    "'(?:[^'\\\\\\n]|\\\\.)*'?",
    "`(?:[^`\\\\]|\\\\.)*`?",
    "\\d[\\w.]*",
    "[A-Za-z_$][\\w$]*",
  ];
  return new RegExp(parts.join("|"), "g");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
