import { type ReactNode, useMemo } from "react";

/** Text with what is searched for marked. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const pieces = useMemo(() => split(text, words), [text, words]);
  return <>{pieces}</>;
}

function split(text: string, words: readonly string[]): ReactNode[] {
  if (words.length === 0) return [text];
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pieces = text.split(new RegExp(`(${escaped.join("|")})`, "gi"));
  // every second piece is what the group caught
  return pieces.map((piece, at) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text never change places
    at % 2 === 1 ? <mark key={at}>{piece}</mark> : piece,
  );
}
