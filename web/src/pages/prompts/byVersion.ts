/** What traces say of the versions of a prompt: the question, and its answer version by version. */

import type { MetricSeries, MetricsAnswer, MetricsQuestion } from "../../api/types";
import { conditionText, is } from "../../filter/conditions";
import type { Version } from "./queries";

export const DAYS = 30;
const HOUR_MS = 3_600_000;
const VERSION = "prompt.version";
const SHORTEST_HASH = 4;

/** When the looked-at days begin, in whole hours, so that the answer can be kept a while. */
export function beginning(now: Date): string {
  const at = now.getTime() - DAYS * 24 * HOUR_MS;
  return new Date(Math.floor(at / HOUR_MS) * HOUR_MS).toISOString();
}

/** Spans that name the prompt, in any project. */
export function filterOf(name: string): string {
  return conditionText(is("prompt.name", name));
}

export function questionOf(name: string, from: string, scores: readonly string[]): MetricsQuestion {
  const of = scores.flatMap((score) => [`avg(scores.${score})`, `count(scores.${score})`]);
  return {
    from,
    scope: "spans",
    filter: filterOf(name),
    group_by: [VERSION],
    measures: [
      ...["count", "error_rate", "p50(duration_ms)", "p95(duration_ms)"],
      ...["avg(usage.total_tokens)", "avg(cost.total)", ...of],
    ],
    limit: 200,
  };
}

export interface Measured {
  /** As the spans name it; null where they name none. */
  ref: string | null;
  version: Version | undefined;
  runs: number;
  errorRate: number | null;
  p50: number | null;
  p95: number | null;
  tokens: number | null;
  cost: number | null;
  scores: { name: string; mean: number | null; n: number }[];
}

/** One row a version that spans name, the newest first; what is no version of the prompt last. */
export function measuredOf(
  answer: MetricsAnswer,
  versions: readonly Version[],
  scores: readonly string[],
): Measured[] {
  return answer.series
    .map((series) => rowOf(series, versions, scores))
    .toSorted(
      (a, b) =>
        (b.version?.version ?? 0) - (a.version?.version ?? 0) ||
        (a.ref ?? "").localeCompare(b.ref ?? ""),
    );
}

function rowOf(
  series: MetricSeries,
  versions: readonly Version[],
  scores: readonly string[],
): Measured {
  const ref = series.group[VERSION] ?? null;
  const of = (measure: string) => {
    const value = series.points[0]?.[measure];
    return typeof value === "number" ? value : null;
  };
  return {
    ref,
    version: versionOf(ref, versions),
    runs: of("count") ?? 0,
    errorRate: of("error_rate"),
    p50: of("p50(duration_ms)"),
    p95: of("p95(duration_ms)"),
    tokens: of("avg(usage.total_tokens)"),
    cost: of("avg(cost.total)"),
    scores: scores.map((name) => ({
      name,
      mean: of(`avg(scores.${name})`),
      n: of(`count(scores.${name})`) ?? 0,
    })),
  };
}

/** The version that a number names, or else the beginning of a hash. */
export function versionOf(ref: string | null, versions: readonly Version[]): Version | undefined {
  if (ref === null) return undefined;
  return (
    versions.find((one) => String(one.version) === ref) ??
    versions.find((one) => ref.length >= SHORTEST_HASH && one.hash.startsWith(ref))
  );
}
