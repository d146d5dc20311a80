import { type ReactNode, useMemo } from "react";

/** Text with what is searched for marked. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const pieces = useMemo(() => split(text, words), [text, words]);
  return <>{pieces}</>;
}

function split(text: string, words: readonly string[]): ReactNode[] {
  if (words.length === 0) return [text];
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(new RegExp(escaped.join("|"), "gi"))) {
    pieces.push(text.slice(from, index), <mark key={index}>{found}</mark>);
    from = index + found.length;
  }
  return [...pieces, text.slice(from)];
}
