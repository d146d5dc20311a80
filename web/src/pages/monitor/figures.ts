/** Answers as what a card shows: its figure, and its lines as a whole or of groups. */

import type { MetricsAnswer } from "../../api/types";
import { column, type MetricPoint, single, untilNow } from "../../charts/align";
import { type Change, type ChangeRule, changeOf } from "../../charts/change";
import { OTHER_TOKEN, tokensOf } from "../../charts/palette";
import { buckets, periodBeforeInWords } from "../../charts/period";
import type { ChartData, ChartSeries } from "../../charts/series";
import type { Unit } from "../../charts/ticks";
import { figureOf } from "../../charts/values";
import { percent, plural } from "../../format";
import { type BoardChart, type Line, splitMeasure } from "./board";
import { type Asked, isSplittable } from "./questions";
import type { Split } from "./splits";

/** What may be left of a sum of money though nothing is. */
const ROUNDING = 1e-9;

/** The answers of a part of the board, with what they answer. */
export interface Answered {
  asked: Asked;
  of: Record<string, MetricsAnswer>;
}

export interface CardFigure {
  figure: [string, string];
  change: Change | null;
  more?: string;
}

/** A measure of everything together, in words, and how it changed. */
export function totalFigure(
  answer: MetricsAnswer | undefined,
  asked: Asked,
  look: { measure: string; unit: Unit; suffix?: string; rule: ChangeRule },
): CardFigure {
  const now = single(pointsOf(answer), look.measure);
  const before = single(answer?.previous?.series[0]?.points ?? [], look.measure);
  const [figure, unit] = figureOf(now, look.unit);
  const suffix = now === null ? "" : (look.suffix ?? "");
  return {
    figure: [figure, [unit, suffix].filter(Boolean).join(" ")],
    change:
      asked.beganBefore && growsWithTime(look.measure)
        ? null
        : changeOf(now, before, look.rule, againstOf(asked)),
  };
}

/** Sums and counts, which half a period has half of; means, shares and percentiles it has whole. */
function growsWithTime(measure: string): boolean {
  return /^((error_)?count|(sum|uniq)\([^()]*\))$/.test(measure);
}

export function chartFigure(chart: BoardChart, totals: MetricsAnswer, asked: Asked): CardFigure {
  const found = totalFigure(totals, asked, { ...chart, measure: chart.figure });
  const more = chart.more && single(pointsOf(totals), chart.more.measure);
  if (chart.more && more != null) found.more = `${percent(more, 0)} ${chart.more.words}`;
  return found;
}

export function againstOf({ from, to }: Asked): string {
  return periodBeforeInWords({ from: Date.parse(from), to: Date.parse(to) });
}

/** Lines of everything together, with those of the period before where they are wanted. */
export function wholeData(
  answer: MetricsAnswer,
  asked: Asked,
  look: { lines: readonly Line[]; unit: Unit; stacked?: boolean },
  now: number,
): ChartData {
  const starts = startsOf(asked);
  const shift = answer.previous ? Date.parse(asked.from) - Date.parse(answer.previous.from) : 0;
  const earlier = answer.previous?.series[0]?.points;
  const series = look.lines.map((line): ChartSeries => {
    const values = valuesOf(pointsOf(answer), line, starts);
    return {
      key: line.label,
      label: line.label,
      token: line.token,
      filled: line.filled,
      values: untilNow(values, starts, asked.interval.ms, now),
      before:
        line.ghost && earlier && earlier.length > 0
          ? valuesOf(
              earlier,
              line,
              starts.map((start) => start - shift),
            )
          : undefined,
    };
  });
  const known = series.filter(({ values }) => values.some((value) => value));
  return {
    starts,
    interval: asked.interval,
    unit: look.unit,
    stacked: look.stacked,
    series: look.stacked && known.length > 0 ? known : series,
    beforeLabel: againstOf(asked),
  };
}

/** One line or bar a group, those with most rows first; all others together come last. */
export function groupedData(
  answer: MetricsAnswer,
  asked: Asked,
  look: { measure: string; unit: Unit; stacked?: boolean; by: string; label: string },
  now: number,
): ChartData {
  const starts = startsOf(asked);
  const { measure, stacked } = look;
  const groups = answer.series
    .map((one) => ({
      value: one.group[look.by] ?? null,
      other: one.other === true,
      size: sum(one.points, "count" in (one.points[0] ?? {}) ? "count" : measure),
      values: column(one.points, measure, starts, absentOf(measure)),
    }))
    .sort((a, b) => Number(a.other) - Number(b.other) || b.size - a.size);
  const named = groups.filter(({ other }) => !other);
  const tokens = tokensOf(named.map(({ value }) => value ?? ""));
  const hidden = (answer.group_count ?? 0) - named.length;
  const series = groups.map((group, n): ChartSeries => {
    const label = group.other ? others(hidden) : (group.value ?? `no ${look.label}`);
    return {
      key: groupKey(group.other, group.value),
      label,
      token: group.other ? OTHER_TOKEN : (tokens[n] ?? OTHER_TOKEN),
      values: untilNow(group.values, starts, asked.interval.ms, now),
    };
  });
  return {
    starts,
    interval: asked.interval,
    unit: look.unit,
    stacked,
    series: stacked ? series : series.toReversed(), // the largest is drawn over the others
  };
}

function others(hidden: number): string {
  return hidden > 0 ? plural(hidden, "other") : "others";
}

function groupKey(other: boolean, value: string | null): string {
  return JSON.stringify(other ? null : { value });
}

/** The group behind a series' key; undefined for all others together. */
export function groupOf(key: string): { value: string | null } | undefined {
  return (JSON.parse(key) as { value: string | null } | null) ?? undefined;
}

interface Grouping {
  answer: "traces" | "calls" | "used";
  by: string;
  label: string;
  measure: string;
  /** What has several tags counts for each of them: such groups do not add up. */
  stacked: boolean;
}

/** Which answer tells a chart's groups, and by what; null where it is drawn as a whole. */
export function groupingOf(chart: BoardChart, split: Split | null): Grouping | null {
  const measure = splitMeasure(chart);
  const spent = measure === "sum(cost.total)" || measure === "sum(usage.total_tokens)";
  const ofCalls = chart.source === "calls";
  const stacked = chart.stacked === true && split?.field !== "tags";
  if (split && isSplittable(chart.source)) {
    const answer = ofCalls ? "calls" : spent && split.several ? "used" : "traces";
    return {
      answer,
      by: ofCalls ? split.ofCalls : split.field,
      label: split.label,
      measure,
      stacked,
    };
  }
  if (!chart.byModel) return null;
  return { answer: ofCalls ? "calls" : "used", by: "model", label: "model", measure, stacked };
}

/** Whether a chart is on the board: its project has what it is about, as far as that is known. */
export function isThere(chart: BoardChart, whole: Answered | undefined): boolean {
  if (whole?.asked.split && chart.wholeOnly) return false;
  if (!chart.needs) return true;
  return (single(pointsOf(whole?.of.totals), chart.needs) ?? 0) > 0;
}

export function titleOf(chart: BoardChart, split: Split | null): string {
  const grouping = groupingOf(chart, split);
  if (!grouping) return chart.title;
  const suffix = chart.split
    ? ` ${chart.split.suffix}`
    : split && chart.suffix === "p50"
      ? " p50"
      : "";
  return `${chart.title}${suffix} by ${grouping.label}`;
}

/** How many rows each interval holds. */
export function countsOf(answer: MetricsAnswer | undefined, asked: Asked, measure = "count") {
  return answer && column(pointsOf(answer), measure, startsOf(asked), 0);
}

function startsOf({ from, to, interval }: Asked): number[] {
  return buckets({ from: Date.parse(from), to: Date.parse(to) }, interval);
}

function pointsOf(answer: MetricsAnswer | undefined): MetricPoint[] {
  return answer?.series[0]?.points ?? [];
}

function valuesOf(
  points: readonly MetricPoint[],
  { measure, less = [] }: Line,
  starts: readonly number[],
): (number | null)[] {
  const absent = absentOf(measure);
  const away = less.map((each) => column(points, each, starts, absent));
  return column(points, measure, starts, absent).map((value, n) => {
    if (value === null) return null;
    const left = away.reduce((rest, each) => rest - (each[n] ?? 0), value);
    return left > value * ROUNDING ? left : 0;
  });
}

/** What an interval without rows holds: nothing of an amount; of a mean it is not known. */
function absentOf(measure: string): 0 | null {
  return /^(count|error_count|(sum|uniq|count)\([^)]*\))$/.test(measure) ? 0 : null;
}

function sum(points: readonly MetricPoint[], measure: string): number {
  return points.reduce((all, point) => all + (Number(point[measure]) || 0), 0);
}
