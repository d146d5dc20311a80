/** Ticked rows as the traces that they are or belong to. */
import type { Row } from "../rows";

/** A request names so many traces at most. */
export const MOST = 1000;

export interface Selected {
  project: string;
  trace_ids: string[];
}

/** The traces of the rows by project, each once, in pieces that one request may name. */
export function selectedTraces(rows: readonly Row[]): Selected[] {
  const byProject = new Map<string, Set<string>>();
  for (const row of rows) {
    if (!row.traceId) continue;
    const ids = byProject.get(row.project);
    if (ids) ids.add(row.traceId);
    else byProject.set(row.project, new Set([row.traceId]));
  }
  return [...byProject].flatMap(([project, ids]) => pieces(project, [...ids]));
}

function pieces(project: string, ids: string[]): Selected[] {
  const found: Selected[] = [];
  for (let at = 0; at < ids.length; at += MOST)
    found.push({ project, trace_ids: ids.slice(at, at + MOST) });
  return found;
}

export function howMany(selected: readonly Selected[]): number {
  return selected.reduce((sum, one) => sum + one.trace_ids.length, 0);
}

export interface SpanRef {
  project: string;
  trace_id: string;
  /** Left out where a trace is meant by its root. */
  span_id?: string;
}

/** The spans of the rows; a trace's row stands for its root. */
export function spansOf(rows: readonly Row[]): SpanRef[] {
  return rows.flatMap((row) => {
    if (!row.traceId) return [];
    const trace = { project: row.project, trace_id: row.traceId };
    return [row.spanId ? { ...trace, span_id: row.spanId } : trace];
  });
}

export interface TagCount {
  tag: string;
  /** How many of the rows have it. */
  count: number;
}

/** The tags of the rows, those of most rows first. */
export function tagsOf(rows: readonly Row[]): TagCount[] {
  const counts = new Map<string, number>();
  for (const row of rows)
    for (const tag of new Set(row.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .map(([tag, count]) => ({ tag, count }))
    .sort((a, b) => b.count - a.count || a.tag.localeCompare(b.tag));
}
