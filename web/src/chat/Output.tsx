import { AnswerText } from "./AnswerText";
import { Code } from "./Code";

/** Pieces of an output: texts as one text, the rest as JSON. */
export function Output({ pieces }: { pieces: unknown[] }) {
  const texts = pieces.map(textOf);
  if (texts.every((text) => text !== null))
    return <AnswerText text={texts.join("")} sources={[]} id="source-none" />;
  const whole = pieces.length === 1 ? pieces[0] : pieces;
  return <Code text={JSON.stringify(whole, null, 2)} language="json" />;
}

/** A text, or the text of a message chunk. */
function textOf(piece: unknown): string | null {
  if (typeof piece === "string") return piece;
  if (piece && typeof piece === "object" && "content" in piece && "type" in piece)
    return typeof piece.content === "string" ? piece.content : null;
  return null;
}
