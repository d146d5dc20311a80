/** What was measured of experiments, in the order in which they were begun. */

import type { Experiment } from "../../api/evaluation";
import { cost, costDigits, duration, score } from "../../format";

export interface Point {
  experiment: Experiment;
  value: number;
  n: number;
}

export interface Line {
  /** Of a score, or of what was measured of the runs. */
  name: string;
  points: Point[];
  from: number;
  to: number;
  /** A value with its unit. */
  text: (value: number) => string;
}

type Stats = NonNullable<Experiment["stats"]>;

const PER_RUNS = 1000;
const FIGURES: [string, (stats: Stats) => number | null][] = [
  ["p50 latency", (stats) => stats.latency_p50_ms],
  [
    "Cost per 1,000 runs",
    ({ cost, run_count }) =>
      cost.total === null || run_count === 0 ? null : (cost.total / run_count) * PER_RUNS,
  ],
];

/** How long runs took and what they cost, where that is known of any experiment. */
export function figureLines(experiments: readonly Experiment[]): Line[] {
  const ordered = oldestFirst(experiments);
  return FIGURES.flatMap(([name, of], index) => {
    const points = ordered.flatMap((experiment) => {
      const value = experiment.stats ? of(experiment.stats) : null;
      return value === null ? [] : [{ experiment, value, n: experiment.stats?.run_count ?? 0 }];
    });
    if (points.length === 0) return [];
    const values = points.map((point) => point.value);
    const digits = costDigits(values);
    const text = index === 0 ? duration : (value: number) => cost(value, digits);
    return [{ name, points, from: 0, to: Math.max(...values) || 1, text }];
  });
}

function oldestFirst(experiments: readonly Experiment[]): Experiment[] {
  return experiments.toSorted((a, b) => a.created_at.localeCompare(b.created_at));
}

/** One line a score that has a mean anywhere, those of most experiments first. */
export function scoreLines(experiments: readonly Experiment[]): Line[] {
  const byName = new Map<string, Point[]>();
  for (const experiment of oldestFirst(experiments)) {
    for (const { name, mean, n } of experiment.stats?.scores ?? []) {
      if (mean === null) continue;
      const point = { experiment, value: mean, n };
      const known = byName.get(name);
      if (known) known.push(point);
      else byName.set(name, [point]);
    }
  }
  return [...byName]
    .map(([name, points]) => ({
      name,
      points,
      text: score,
      ...boundsOf(points.map((point) => point.value)),
    }))
    .toSorted((a, b) => b.points.length - a.points.length || a.name.localeCompare(b.name));
}

/** Shares are drawn from 0 to 1; other scales from their least to their largest, zero included. */
export function boundsOf(values: readonly number[]): { from: number; to: number } {
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (least >= 0 && most <= 1) return { from: 0, to: 1 };
  const from = Math.min(0, least);
  const to = Math.max(0, most);
  return from === to ? { from, to: from + 1 } : { from, to };
}

/** Names of scores in the order of the columns. */
export function scoreNames(experiments: readonly Experiment[]): string[] {
  const counts = new Map<string, number>();
  for (const experiment of experiments)
    for (const score of experiment.stats?.scores ?? [])
      counts.set(score.name, (counts.get(score.name) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .map(([name]) => name);
}
