/** Failed spans, grouped by what went wrong and where. */

import type { Kind, MetricsAnswer, Span } from "../../api/types";
import { shortType, withoutType } from "../../errorText";

export interface ErrorGroup {
  key: string;
  /** As reported: "openai.RateLimitError". */
  type: string | null;
  /** Its class alone: "RateLimitError". */
  shortType: string;
  place: string;
  kind: Kind;
  /** The newest one's message. */
  message: string | null;
  lastSeen: string;
  traceId: string;
  /** How often in the range; null when the count is not known. */
  count: number | null;
}

/** Groups with the newest first; `spans` are in that order, `counts` covers the whole range. */
export function errorGroups(
  spans: readonly Span[],
  counts: MetricsAnswer | undefined,
): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const span of origins(spans)) {
    const key = keyOf(span.error_type, span.name);
    if (groups.has(key)) continue;
    groups.set(key, {
      key,
      type: span.error_type,
      shortType: shortType(span.error_type) || "Error",
      place: span.name,
      kind: span.kind,
      message: withoutType(span.status_message, span.error_type),
      lastSeen: span.start_time,
      traceId: span.trace_id,
      count: countOf(counts, key),
    });
  }
  return [...groups.values()];
}

function countOf(counts: MetricsAnswer | undefined, key: string): number | null {
  const series = counts?.series.find(
    ({ group }) => keyOf(group.error_type ?? null, group.name ?? "") === key,
  );
  const value = series?.points[0]?.count;
  return typeof value === "number" ? value : null;
}

function keyOf(type: string | null, place: string): string {
  return JSON.stringify([type ?? "", place]);
}

/** Spans in which an error began: a failed parent only hands on what its failed child says. */
function origins(spans: readonly Span[]): Span[] {
  const handedOn = new Set(
    spans.map((span) => `${span.trace_id} ${span.parent_span_id} ${span.error_type}`),
  );
  return spans.filter(
    (span) => !handedOn.has(`${span.trace_id} ${span.span_id} ${span.error_type}`),
  );
}
