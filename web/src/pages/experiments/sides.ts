/** Which experiments are looked at, by letters: A is the baseline. */

import type { Experiment, ExperimentRow, Metric, Run, Side } from "../../api/evaluation";
import type { Score } from "../../api/types";
import { ranWhat, serverRunOf } from "./serverRun";

export const MOST = 20;

export function letterOf(at: number): string {
  return String.fromCharCode(65 + at);
}

/** The ids of an address, each once. */
export function readIds(text: string): string[] {
  return [...new Set(text.split(",").filter(Boolean))].slice(0, MOST);
}

/** What says most about how an experiment differs from others: model, prompt, or its first values. */
export function metaLine(experiment: Experiment): string {
  const run = serverRunOf(experiment);
  if (run) return ranWhat(run);
  const values = Object.entries(experiment.metadata).filter(
    ([, value]) => ["string", "number"].includes(typeof value) && String(value).length <= 60,
  );
  const first = ["model", "model_name", "prompt", "prompt_version", "revision_id"];
  return values
    .toSorted((a, b) => rank(first, a[0]) - rank(first, b[0]))
    .slice(0, 2)
    .map(([name, value]) => (typeof value === "number" ? `${name} ${value}` : String(value)))
    .join(", ");
}

function rank(first: readonly string[], name: string): number {
  const at = first.indexOf(name);
  return at === -1 ? first.length : at;
}

export type Way = "better" | "worse" | "same";
export const WAYS = ["better", "worse", "same"] as const;

/** Which way a difference goes where more, or less, is better. */
export function wayOf(difference: number | null | undefined, lowerIsBetter: boolean): Way | null {
  if (difference === null || difference === undefined) return null;
  if (difference === 0) return "same";
  return difference > 0 !== lowerIsBetter ? "better" : "worse";
}

/** A difference with its sign: `+0.20`, `−0.05`, `0.00`. */
export function signed(value: number | null | undefined, write: (size: number) => string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = write(Math.abs(value));
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  return /[1-9]/.test(size) ? `${sign}${size}` : size;
}

/** How an experiment stands in a metric. */
export function sideOf(metric: Metric | undefined, id: string | undefined): Side | undefined {
  return metric?.sides.find((side) => side.experiment_id === id);
}

/** The scores of a name over some runs, and the mean of their values; where a judge or code gave some, of those alone. */
export function scoresOf(
  runs: readonly Run[],
  name: string,
): { all: Score[]; mean: number | null } {
  const all = runs.flatMap((run) => run.scores.filter((score) => score.name === name));
  const found = all.filter((score) => score.source === "judge" || score.source === "code");
  const counting = found.length ? found : all;
  const values = counting.flatMap((score) => (score.value === null ? [] : [score.value]));
  const mean = values.length ? values.reduce((sum, one) => sum + one, 0) / values.length : null;
  return { all, mean };
}

/** The mean of a measure over the runs that know it. */
export function meanOf(runs: readonly Run[], read: (run: Run) => number | null): number | null {
  const values = runs.flatMap((run) => read(run) ?? []);
  return values.length ? values.reduce((sum, one) => sum + one, 0) / values.length : null;
}

/** Names of the scores of rows where no comparison says them. */
export function namesIn(rows: readonly ExperimentRow[]): string[] {
  const names = new Set<string>();
  for (const row of rows)
    for (const runs of Object.values(row.runs))
      for (const run of runs) for (const score of run.scores) names.add(score.name);
  return [...names].toSorted();
}

/** Names of scores that no comparison counts: those whose verdicts are words. */
export function wordsOf(experiments: readonly Experiment[], metrics: readonly Metric[]): string[] {
  const counted = new Set(metrics.map((one) => one.name));
  const names = experiments.flatMap((one) => one.stats?.scores.map((score) => score.name) ?? []);
  return [...new Set(names)].filter((name) => !counted.has(name)).toSorted();
}

/** Per run, what an experiment took; null where it is unknown. */
export function perRun(total: number | null | undefined, runs: number): number | null {
  return total === null || total === undefined || runs === 0 ? null : total / runs;
}

/** Decimal places that tell the costs of single runs apart: they are often far below a cent. */
export function costPlaces(costs: readonly (number | null)[]): number {
  const most = Math.max(0, ...costs.map((one) => Math.abs(one ?? 0)));
  if (most >= 1) return 2;
  return most >= 0.01 || most === 0 ? 4 : 6;
}
