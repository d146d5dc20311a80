import { boundsOf, type TimeRange, writeRange } from "../../timeRange";
import { literal } from "../overview/filters";

/** Which user of which project, in which time. */
export interface OfUser {
  project: string;
  userId: string;
  range: TimeRange;
}

export function filterOf(userId: string): string {
  return `user_id = ${literal(userId)}`;
}

/** The parameters of a list of theirs. */
export function paramsOf({ project, userId, range }: OfUser, limit: number) {
  return { project, ...boundsOf(range), filter: filterOf(userId), limit };
}

/** The whole list in the table of traces or sessions. */
export function linkOf({ project, userId, range }: OfUser, scope?: "sessions") {
  return {
    to: "/p/$project/traces",
    params: { project },
    search: { ...writeRange(range), scope, filter: filterOf(userId) },
  } as const;
}
