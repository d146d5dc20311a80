import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page, UserRow } from "../../api/types";
import { boundsOf, type TimeRange } from "../../timeRange";
import { literal } from "../overview/filters";

interface Question {
  project: string;
  range: TimeRange;
  order: string;
  /** A piece of the user's id. */
  find: string;
}

/** The users of a range, a hundred at a time. */
export function useUsers({ project, range, order, find }: Question) {
  const params = {
    project,
    ...boundsOf(range),
    order_by: order,
    filter: find ? `user_id contains ${literal(find)}` : undefined,
    limit: 100,
  };
  return useInfiniteQuery({
    queryKey: keys.users(params),
    queryFn: ({ signal, pageParam }) =>
      get<Page<UserRow>>("users", { ...params, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}
