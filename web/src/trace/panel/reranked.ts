/** What a reranker was given: kept only among its attributes, as OpenInference writes them. */
import type { Document, Span } from "../model";

const KEY = /^reranker\.input_documents\.(\d+)\.document\.(id|content|score|metadata)$/;

export function documentsBefore(span: Span): Document[] {
  const found: Document[] = [];
  const nested = (span.attributes?.["reranker.input_documents"] ?? null) as unknown;
  if (Array.isArray(nested)) {
    return nested.map((one) => ({
      ...emptyDocument,
      ...((one as { document?: object }).document ?? (one as object)),
    }));
  }
  for (const [key, value] of Object.entries(span.attributes ?? {})) {
    const match = KEY.exec(key);
    if (!match) continue;
    const at = Number(match[1]);
    if (at > 5000) continue;
    found[at] = { ...(found[at] ?? emptyDocument), [match[2] as string]: value };
  }
  return found.filter(Boolean);
}

const emptyDocument: Document = { id: null, content: null, score: null, metadata: null };

/** Where a document stood before, counted from 1; null when it cannot be told. */
export function rankBefore(document: Document, before: readonly Document[]): number | null {
  const at = before.findIndex((one) =>
    document.id ? one.id === document.id : one.content !== null && one.content === document.content,
  );
  return at < 0 ? null : at + 1;
}
