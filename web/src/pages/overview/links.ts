import type { LinkProps } from "@tanstack/react-router";
import { type TimeRange, writeRange } from "../../timeRange";

interface Narrowing {
  filter?: string;
  order?: string;
}

/** The table of traces in the same time range, narrowed and sorted. */
export function tracesLink(
  project: string,
  range: TimeRange,
  narrowing: Narrowing = {},
): LinkProps {
  return {
    to: "/p/$project/traces",
    params: { project },
    search: { ...writeRange(range), filter: narrowing.filter, order: narrowing.order },
  };
}
