/** Splits a snippet into coloured pieces: enough for what onboarding shows, no general highlighter. */

export type Language = "python" | "js" | "shell";
export type Colour = "keyword" | "name" | "string" | "comment" | "plain";

export interface Piece {
  /** Where it begins in the code. */
  start: number;
  text: string;
  colour: Colour;
}

const KEYWORDS: Record<Language, ReadonlySet<string>> = {
  python: new Set(["import", "from", "as", "def", "return", "async", "await", "with"]),
  js: new Set(["import", "from", "const", "await", "new", "async", "return", "function"]),
  shell: new Set(["export"]),
};

const TOKEN =
  /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(#.*|\/\/.*)|(@)|([A-Za-z_]\w*)|([^\w"'#@/]+|.)/g;

export function highlight(code: string, language: Language): Piece[] {
  const pieces: Piece[] = [];
  let decorating = false;
  for (const match of code.matchAll(TOKEN)) {
    const [text, string, comment, at, word] = match;
    const after = code.slice(match.index + text.length);
    const colour = colourOf({ string, comment, at, word }, after, language, decorating);
    add(pieces, { start: match.index, text, colour });
    if (language === "python" && at) decorating = true;
    else if (/\n/.test(text)) decorating = false;
  }
  return pieces;
}

function colourOf(
  token: { string?: string; comment?: string; at?: string; word?: string },
  after: string,
  language: Language,
  decorating: boolean,
): Colour {
  if (token.string) return "string";
  if (token.comment) return isComment(token.comment, language) ? "comment" : "plain";
  if (token.at) return language === "python" ? "keyword" : "plain";
  if (!token.word) return "plain";
  if (KEYWORDS[language].has(token.word)) return "keyword";
  if (language === "shell") return "plain";
  if (/^\(/.test(after) && !/^[A-Z]/.test(token.word)) return "name";
  return decorating && !/^\./.test(after) ? "name" : "plain";
}

/** `//` is a comment in JavaScript only, `#` elsewhere. */
function isComment(text: string, language: Language): boolean {
  return language === "js" ? text.startsWith("//") : text.startsWith("#");
}

function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last?.colour === piece.colour) last.text += piece.text;
  else pieces.push(piece);
}
