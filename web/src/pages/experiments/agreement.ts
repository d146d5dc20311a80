/** How far a judge's score agrees with what people said of the same runs. */

import type { Experiment, ExperimentRow } from "../../api/evaluation";
import type { components } from "../../api/openapi";

export type Calibration = Required<components["schemas"]["CalibrationOut"]>;
export type Disagreement = Required<components["schemas"]["Disagreement"]>;
export type Estimate = Required<components["schemas"]["Estimate"]>;

export interface Givers {
  /** Scores that a model or code gave, those of models first. */
  judges: string[];
  /** Scores that people gave. */
  people: string[];
  /** Those that have values besides 0 and 1. */
  graded: Set<string>;
}

/** Who gave which score, as far as these rows show it. */
export function giversIn(rows: readonly ExperimentRow[]): Givers {
  const scores = rows.flatMap((row) =>
    Object.values(row.runs).flatMap((runs) => runs.flatMap((run) => run.scores)),
  );
  const by = (...sources: string[]) => [
    ...new Set(scores.filter((one) => sources.includes(one.source)).map((one) => one.name)),
  ];
  const judges = [...new Set([...by("judge"), ...by("code")])];
  const graded = scores.filter(({ value }) => value !== null && value !== 0 && value !== 1);
  return {
    judges,
    people: by("human", "end_user"),
    graded: new Set(graded.map((one) => one.name)),
  };
}

export const THRESHOLD = 0.5;

/** From which value on a score counts as passed: only where one of the two is no yes or no. */
export function thresholdOf(
  asked: string | undefined,
  { graded }: Givers,
  names: readonly string[],
): number | undefined {
  if (asked === "none") return undefined;
  const given = Number(asked);
  if (asked && Number.isFinite(given)) return given;
  return names.some((name) => graded.has(name)) ? THRESHOLD : undefined;
}

/** The disagreements of one cell of the matrix, else all. */
export function inCell(
  all: readonly Disagreement[],
  cell: string | undefined,
): readonly Disagreement[] {
  return cell ? all.filter((one) => cellOf(one.human, one.judge) === cell) : all;
}

export function cellOf(human: string, judge: string): string {
  return `${human}/${judge}`;
}

/** Earlier experiments whose runs have both scores, the newest first. */
export function earlierOf(
  experiment: Experiment,
  all: readonly Experiment[],
  names: readonly string[],
): Experiment[] {
  return all.filter(
    (one) =>
      one.id !== experiment.id &&
      one.created_at < experiment.created_at &&
      names.every((name) => one.stats?.scores.some((score) => score.name === name)),
  );
}
