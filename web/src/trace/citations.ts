/** Marks such as [1] or [doc-7] in an answer, and the documents they stand for. */
import type { Card, CardDocument } from "./cards";

export const MARK = /\[\^?([^[\]\n]{1,80})\](?!\()|【([^【】\n]{1,80})】/g;

export interface Citation {
  card: Card;
  document: CardDocument;
}

/** The document a mark stands for: by its number in the last list long enough, or by its id. */
export function cited(label: string, cards: readonly Card[]): Citation | null {
  const name = label.trim();
  const number = /^\d{1,3}$/.test(name) ? Number(name) : null;
  for (let at = cards.length - 1; at >= 0; at -= 1) {
    const card = cards[at] as Card;
    const document =
      card.documents.find((one) => one.document.id === name || one.title === name) ??
      (number ? card.documents[number - 1] : undefined);
    if (document) return { card, document };
  }
  return null;
}

/** All citations of a text by their label. */
export function citationsIn(text: string, cards: readonly Card[]): Map<string, Citation> {
  const found = new Map<string, Citation>();
  if (cards.length === 0) return found;
  for (const match of text.matchAll(MARK)) {
    const label = (match[1] ?? match[2] ?? "").trim();
    const citation = found.has(label) ? null : cited(label, cards);
    if (citation) found.set(label, citation);
  }
  return found;
}
