import type { InfiniteData } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { itemsOf } from "../api/pages";
import type { Page } from "../api/types";
import { plural } from "../format";
import { MoreOnSight } from "./MoreOnSight";
import classes from "./parts.module.css";
import { ErrorState } from "./states";

/** As much of a list that comes page by page as is shown of it. */
export interface List<T> {
  data: InfiniteData<Page<T>> | undefined;
  error: Error | null;
  refetch: () => unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

interface Props<T> {
  list: List<T>;
  waiting: ReactNode;
  /** What is said where there is none. */
  empty: ReactNode;
  children: (rows: T[]) => ReactNode;
}

/** The rows of a list and the way to more, or what stands in their place. */
export function Listed<T>({ list, waiting, empty, children }: Props<T>) {
  const rows = itemsOf(list.data);
  if (list.error) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (!rows) return waiting;
  if (rows.length === 0) return empty;
  return (
    <>
      {children(rows)}
      {list.hasNextPage && (
        <MoreOnSight loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      )}
    </>
  );
}

/** How many rows a list has, or how many of them are here. */
export function Counted<T>({ list, what }: { list: List<T>; what: string }) {
  const rows = itemsOf(list.data);
  if (!rows) return null;
  return (
    <span className={classes.counted} aria-live="polite">
      {list.hasNextPage && "the first "}
      {plural(rows.length, what)}
    </span>
  );
}
