import { useMemo } from "react";
import { closedBounds } from "../../timeRange";
import type { Row } from "./rows";
import type { TableState } from "./state";
import type { Window } from "./strip";

const DAY = 86_400_000;

/**
 * What the strip shows: the range, or what was around it before it was narrowed. All time has no
 * beginning: then it begins with the oldest row that is loaded, at least a day back.
 */
export function useStripWindow(
  state: TableState,
  rows: readonly Row[],
  now: number,
): { window: Window; brush: Window | null } | null {
  const outer = state.around ?? state.range;
  const { from, to } = closedBounds(outer, now);
  const oldest = rows.reduce((least, row) => Math.min(least, Date.parse(row.start)), now - DAY);
  const start = from ? Date.parse(from) : Math.floor(oldest / DAY) * DAY;
  const end = Date.parse(to);
  const inner = state.around && state.range.kind === "absolute" ? state.range : null;
  const brushFrom = inner ? Date.parse(inner.from) : null;
  const brushTo = inner ? Date.parse(inner.to) : null;

  return useMemo(
    () => ({
      window: { from: start, to: end },
      brush: brushFrom !== null && brushTo !== null ? { from: brushFrom, to: brushTo } : null,
    }),
    [start, end, brushFrom, brushTo],
  );
}
