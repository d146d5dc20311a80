import type { LinkProps } from "@tanstack/react-router";
import { type TimeRange, writeRange } from "../../timeRange";

interface Narrowing {
  filter?: string;
  chips?: string;
  order?: string;
  scope?: "spans" | "sessions";
}

/** The table of traces, or of their spans, in the same time range, narrowed and sorted. */
export function tracesLink(
  project: string,
  range: TimeRange,
  narrowing: Narrowing = {},
): LinkProps {
  return {
    to: "/p/$project/traces",
    params: { project },
    search: { ...writeRange(range), ...narrowing },
  };
}
