import type { Kind, MetricsAnswer } from "../../api/types";
import { single } from "../../charts/align";

export interface ToolRow {
  key: string;
  kind: Kind;
  name: string;
  calls: number | null;
  /** Share that failed. */
  errors: number | null;
  p95: number | null;
}

/** Tools and retrievers, those that are called most first. */
export function toolRows({ series }: MetricsAnswer): ToolRow[] {
  return series
    .filter(({ other }) => !other)
    .map(({ group, points }) => ({
      key: JSON.stringify(group),
      kind: (group.kind ?? "span") as Kind,
      name: group.name ?? "",
      calls: single(points, "count"),
      errors: single(points, "error_rate"),
      p95: single(points, "p95(duration_ms)"),
    }));
}
