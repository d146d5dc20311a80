import { useQueries } from "@tanstack/react-query";
import { type ItemPreview, previewsQuery } from "./queries";

const AT_ONCE = 100;

/** Previews by item, asked for in pieces that stay the same while a list grows at its end. */
export function usePreviews(
  queueId: string,
  itemIds: readonly string[],
): ReadonlyMap<string, ItemPreview> {
  const pieces: string[][] = [];
  for (let at = 0; at < itemIds.length; at += AT_ONCE) pieces.push(itemIds.slice(at, at + AT_ONCE));
  const answers = useQueries({ queries: pieces.map((piece) => previewsQuery(queueId, piece)) });
  const found = new Map<string, ItemPreview>();
  for (const { data } of answers) for (const one of data?.items ?? []) found.set(one.item_id, one);
  return found;
}
