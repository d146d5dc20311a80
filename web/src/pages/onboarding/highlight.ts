/** Splits a snippet into coloured pieces: enough for what onboarding shows, no general highlighter. */

export type Language = "python" | "js" | "shell";
export type Colour = "keyword" | "name" | "string" | "comment" | "plain";

export interface Piece {
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
    const after = code.slice((match.index ?? 0) + text.length);
    add(pieces, text, colourOf({ string, comment, at, word }, after, language, decorating));
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

function add(pieces: Piece[], text: string, colour: Colour): void {
  const last = pieces[pieces.length - 1];
  if (last?.colour === colour) last.text += text;
  else pieces.push({ text, colour });
}
