/** Lists that come page by page. */
import { type InfiniteData, infiniteQueryOptions, type QueryKey } from "@tanstack/react-query";
import { get, type Params } from "./client";
import type { Page } from "./types";

/** How a list is asked for, a hundred at a time. */
export function pagesOf<T>(key: QueryKey, path: string, params: Params = {}) {
  return infiniteQueryOptions({
    queryKey: [...key, params],
    queryFn: ({ signal, pageParam }) =>
      get<Page<T>>(path, { ...params, limit: 100, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** What has come of a list so far; nothing before its first page is there. */
export function itemsOf<T>(list: InfiniteData<Page<T>> | undefined): T[] | undefined {
  return list?.pages.flatMap((page) => page.items);
}
