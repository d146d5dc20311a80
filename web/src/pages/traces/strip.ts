/** The bars of the strip: which interval, how high, what the axes say. */

import type { MetricsAnswer, MetricsQuestion } from "../../api/types";
import { clock, day } from "../../format";
import { intervalFor } from "../../timeRange";
import type { Measure, Scope } from "./state";

export interface Window {
  from: number;
  to: number;
}

export interface Bar {
  from: number;
  to: number;
  ok: number;
  error: number;
  /** Of latency: the quantiles from low to high; of cost: the sum. */
  values: readonly (number | null)[];
}

export const QUANTILES = ["p10", "p25", "p50", "p75", "p90", "p99"] as const;

/** The question for the bars of a window. */
export function stripQuestion(
  measure: Measure,
  scope: Scope,
  project: string,
  filter: string,
  window: Window,
  wanted = 96,
): { question: MetricsQuestion; stepMs: number } {
  const { name, ms } = intervalFor(window.from, window.to, wanted);
  const common = {
    project,
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
    interval: name,
    // A session has no time of its own: its traces are what the strip counts.
    scope: scope === "spans" ? ("spans" as const) : ("traces" as const),
    filter: filter || undefined,
  };
  if (measure === "count")
    return { question: { ...common, measures: ["count", "error_count"] }, stepMs: ms };
  if (measure === "cost")
    return { question: { ...common, measures: ["sum(cost.total)"] }, stepMs: ms };
  return {
    question: { ...common, measures: QUANTILES.map((q) => `${q}(duration_ms)`) },
    stepMs: ms,
  };
}

/** One bar for each interval of the window, empty ones included. */
export function barsOf(
  answer: MetricsAnswer | undefined,
  measure: Measure,
  window: Window,
  stepMs: number,
): Bar[] {
  const points = new Map(
    (answer?.series[0]?.points ?? []).map((point) => [Date.parse(point.time ?? ""), point]),
  );
  const anchor = points.keys().next().value ?? 0;
  const first = alignedBelow(window.from, anchor, stepMs);
  const bars: Bar[] = [];
  for (let from = first; from < window.to && bars.length < 2000; from += stepMs) {
    const point = points.get(from);
    const read = (name: string) => (point?.[name] ?? null) as number | null;
    const total = read("count") ?? 0;
    const error = read("error_count") ?? 0;
    const values =
      measure === "latency"
        ? QUANTILES.map((q) => read(`${q}(duration_ms)`))
        : [read("sum(cost.total)")];
    bars.push({ from, to: from + stepMs, ok: Math.max(0, total - error), error, values });
  }
  return bars;
}

/** The last start of an interval at or before `at`; intervals may be anchored anywhere. */
function alignedBelow(at: number, anchor: number, stepMs: number): number {
  return anchor + Math.floor((at - anchor) / stepMs) * stepMs;
}

/** The height of a bar in the unit of its measure; one slow trace does not flatten all others. */
export function heightOf(bar: Bar, measure: Measure): number {
  if (measure === "count") return bar.ok + bar.error;
  if (measure === "latency") return (bar.values[QUANTILES.indexOf("p90")] ?? 0) * 1.2;
  return bar.values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

/** A round number at or above the largest value, whose half is round too. */
export function niceMax(most: number): number {
  if (!(most > 0)) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  const steps = [1, 1.2, 1.4, 1.6, 2, 2.4, 3, 4, 5, 6, 7, 8, 10];
  const step = steps.find((one) => one * size >= most * 0.999) ?? 10;
  return step * size;
}

/** The highest tick of a count, which is a whole number whose half is one too. */
export function niceCount(most: number): number {
  const nice = Math.max(2, Math.ceil(niceMax(most)));
  return nice % 2 === 0 ? nice : nice + 1;
}

export interface Tick {
  at: number;
  label: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = [
  ...[1000, 5000, 10_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE],
  ...[30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR],
  ...[24 * HOUR, 48 * HOUR, 7 * 24 * HOUR, 14 * 24 * HOUR, 28 * 24 * HOUR, 90 * 24 * HOUR],
];

/** Ticks of a time axis at round local times, about `wanted` of them. */
export function timeTicks(window: Window, wanted: number): Tick[] {
  const span = window.to - window.from;
  const step = STEPS.find((one) => span / one <= wanted) ?? (STEPS.at(-1) as number);
  const zone = new Date(window.from).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((window.from - zone) / step) * step + zone;
  const ticks: Tick[] = [];
  for (let at = first; at < window.to; at += step) {
    const label = step >= 24 * HOUR ? day(at) : clock(at, step < MINUTE);
    ticks.push({ at, label });
  }
  return ticks;
}

/** The part of the window between two places of a drag, at least one interval wide. */
export function brushed(window: Window, a: number, b: number, stepMs: number): Window {
  const low = Math.max(window.from, Math.min(a, b));
  const high = Math.min(window.to, Math.max(a, b));
  const least = Math.max(1000, stepMs / 4);
  return { from: Math.round(low), to: Math.round(Math.max(high, low + least)) };
}
