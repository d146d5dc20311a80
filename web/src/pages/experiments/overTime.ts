/** Means of experiments by score, in the order in which they were begun. */

import type { Experiment } from "../../api/evaluation";

export interface Point {
  experiment: Experiment;
  value: number;
  n: number;
}

export interface Line {
  name: string;
  points: Point[];
  from: number;
  to: number;
}

/** One line a score that has a mean anywhere, those of most experiments first. */
export function scoreLines(experiments: readonly Experiment[]): Line[] {
  const byName = new Map<string, Point[]>();
  const ordered = experiments.toSorted((a, b) => a.created_at.localeCompare(b.created_at));
  for (const experiment of ordered) {
    for (const score of experiment.stats?.scores ?? []) {
      if (score.mean === null) continue;
      const point = { experiment, value: score.mean, n: score.n };
      const known = byName.get(score.name);
      if (known) known.push(point);
      else byName.set(score.name, [point]);
    }
  }
  return [...byName]
    .map(([name, points]) => ({ name, points, ...boundsOf(points.map((point) => point.value)) }))
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
