/** Answers as what a panel draws. */

import type { MetricBucket, MetricPoint, MetricsAnswer } from "../../../api/types";
import { column, single } from "../../../charts/align";
import { type Change, type ChangeRule, changeOf } from "../../../charts/change";
import { MOST_SERIES, OTHER_TOKEN } from "../../../charts/palette";
import { buckets } from "../../../charts/period";
import type { ChartData } from "../../../charts/series";
import type { Unit } from "../../../charts/ticks";
import { figureOf, inWords } from "../../../charts/values";
import { againstOf, groupedData, wholeData } from "../figures";
import type { Asked } from "../questions";
import type { Panel } from "./model";
import { compareOf, intervalOf, splitOf } from "./panelQuestions";

const FIXED: readonly [RegExp, string][] = [
  [/^error_(rate|count)$/, "err-fill"],
  [/^p50\(/, "s1"],
  [/^p95\(|output_tokens/, "s3"],
  [/^p99\(/, "s5"],
];
const WORDS: Record<string, string> = {
  count: "count",
  error_count: "failed",
  error_rate: "share failed",
  success_rate: "share that succeeded",
  tokens_per_second: "output speed",
  "sum(cost.total)": "cost",
  "sum(usage.total_tokens)": "tokens",
  "sum(usage.input_tokens)": "input tokens",
  "sum(usage.output_tokens)": "output tokens",
  "uniq(user_id)": "users",
  "uniq(session_id)": "sessions",
};

/** A measure as people call it: "p95 duration". */
export function measureName(measure: string): string {
  const known = WORDS[measure];
  if (known) return known;
  const [, level, field] = /^(p[\d.]+|avg|min|max)\((.+?)(?:_ms)?\)$/.exec(measure) ?? [];
  if (!level || !field) return measure;
  return `${level} ${field.replace(/^scores\./, "").replaceAll("_", " ")}`;
}

/** What a measure is measured in. */
export function unitOf(measure: string, chosen?: Unit | null): Unit {
  if (chosen) return chosen;
  if (/^(error_rate|success_rate|share\()/.test(measure) || measure.includes("/ all("))
    return "share";
  if (measure === "tokens_per_second") return "speed";
  if (/cost/.test(measure)) return "usd";
  if (measure.includes("/") || measure.startsWith("rate(")) return "mean";
  if (/^(count|uniq|histogram|error_count)/.test(measure)) return "count";
  if (/_ms\)/.test(measure)) return "ms";
  if (/usage\./.test(measure)) return "tokens";
  if (/scores\./.test(measure)) return "score";
  return measure.startsWith("sum(") ? "count" : "mean";
}

/** Lines or bars over time. */
export function chartData(
  panel: Panel,
  answer: MetricsAnswer,
  page: Asked,
  now: number,
): ChartData {
  const asked = { ...page, interval: intervalOf(panel, page) };
  const measures = panel.question?.measures ?? [];
  const [first = "count"] = measures;
  const unit = unitOf(first, panel.options.unit);
  const stacked = panel.kind === "stacked" || (panel.kind === "bar" && measures.length === 1);
  const by = splitOf(panel, page.split);
  if (by) {
    const look = { measure: first, unit, by: by.field, label: by.label };
    const data = groupedData(answer, asked, { ...look, stacked: panel.kind === "stacked" }, now);
    return styled(panel, data);
  }
  const tokens = tokensOf(measures);
  const lines = measures.map((measure, n) => ({
    label: measureName(measure),
    token: tokens[n] ?? "s1",
    measure,
    ghost: measures.length === 1 && panel.kind !== "stacked",
  }));
  const data = wholeData(answer, asked, { lines, unit, stacked }, now);
  const against = panel.question ? againstWords(compareOf(panel.question, page), page) : "";
  return styled(panel, { ...data, beforeLabel: against });
}

/** Colours that measures have on every page; the others take those that are left. */
function tokensOf(measures: readonly string[]): string[] {
  const fixed = measures.map((one) => FIXED.find(([is]) => is.test(one))?.[1]);
  const taken = fixed.map((token, n) => (fixed.indexOf(token) === n ? token : undefined));
  const left = Array.from({ length: MOST_SERIES }, (_, n) => `s${n + 1}`).filter(
    (token) => !taken.includes(token),
  );
  return taken.map((token) => token ?? left.shift() ?? OTHER_TOKEN);
}

function styled(panel: Panel, data: ChartData): ChartData {
  if (panel.kind === "bar" && !data.stacked) return { ...data, beside: true };
  if (panel.kind !== "area") return data;
  return { ...data, series: data.series.map((one) => ({ ...one, filled: true })) };
}

/** How many lie in each bucket, over all time. */
export function bucketsOf(answer: MetricsAnswer, measure: string): MetricBucket[] {
  return withGaps(countedIn(answer.series[0]?.points[0], measure));
}

/** Buckets from the smallest up, with one that is empty wherever the next begins only later. */
export function withGaps(buckets: readonly MetricBucket[]): MetricBucket[] {
  const sorted = buckets.toSorted((a, b) => a.from - b.from);
  return sorted.flatMap((bucket, n) => {
    const before = sorted[n - 1];
    if (!before || before.to >= bucket.from) return [bucket];
    return [{ from: before.to, to: bucket.from, count: 0 }, bucket];
  });
}

function countedIn(point: MetricPoint | undefined, measure: string): readonly MetricBucket[] {
  const counted = point?.[measure];
  return Array.isArray(counted) ? counted : [];
}

/** The field that a histogram is about. */
export function fieldOf(measure: string): string {
  return /^histogram\(\s*([^,)]+)/.exec(measure)?.[1]?.trim() ?? "";
}

/** "200 ms – 500 ms" */
export function bucketName({ from, to }: Pick<MetricBucket, "from" | "to">, unit: Unit): string {
  return `${inWords(from, unit)} – ${inWords(to, unit)}`;
}

/** The unit of the values that a histogram counts. */
export function bucketUnit({ question, options }: Panel): Unit {
  const field = fieldOf(question?.measures[0] ?? "");
  return unitOf(`avg(${field})`, options.unit);
}

/** A row for each bucket, from the smallest up, that has how many lie in it at what time. */
export function heatData(panel: Panel, answer: MetricsAnswer, page: Asked): ChartData {
  const interval = intervalOf(panel, page);
  const starts = buckets({ from: Date.parse(page.from), to: Date.parse(page.to) }, interval);
  const measure = panel.question?.measures[0] ?? "";
  const unit = bucketUnit(panel);
  const points = answer.series[0]?.points ?? [];
  const met = new Map<number, MetricBucket>();
  for (const point of points)
    for (const bucket of countedIn(point, measure)) met.set(bucket.from, bucket);
  const rows = withGaps([...met.values()]);
  return {
    starts,
    interval,
    unit: "count",
    heat: rows.map(({ from }) => inWords(from, unit)),
    series: rows.map(({ from, to }) => {
      const counts = points.map((point) => {
        const found = countedIn(point, measure).find((one) => one.from === from);
        return { time: point.time, count: found?.count ?? 0 };
      });
      return {
        key: JSON.stringify({ from, to }),
        label: bucketName({ from, to }, unit),
        token: "s1",
        values: column(counts, "count", starts, 0),
      };
    }),
  };
}

export interface TableRow {
  key: string;
  group: Record<string, string | null>;
  values: string[];
}

/** The groups of a table with their figures in words. */
export function tableRows({ question, options }: Panel, answer: MetricsAnswer): TableRow[] {
  return answer.series
    .filter(({ other }) => !other)
    .map(({ group, points }) => ({
      key: JSON.stringify(group),
      group,
      values: (question?.measures ?? []).map((measure) =>
        inWords(single(points, measure), unitOf(measure, options.unit)),
      ),
    }));
}

export interface PanelFigure {
  figure: [string, string];
  change: Change | null;
  /** Its course; empty where it is not asked for. */
  course: (number | null)[];
}

/** A single figure, how it changed, and its course over time. */
export function panelFigure(
  panel: Panel,
  total: MetricsAnswer,
  lines: MetricsAnswer | undefined,
  page: Asked,
): PanelFigure {
  const { question, options } = panel;
  const measure = question?.measures[0] ?? "count";
  const unit = unitOf(measure, options.unit);
  const as = unit === "share" ? "points" : unit === "score" ? "difference" : "ratio";
  const rule: ChangeRule = { as, worse: options.worse ?? null };
  const now = single(total.series[0]?.points ?? [], measure);
  const before = single(total.previous?.series[0]?.points ?? [], measure);
  const against = question ? againstWords(compareOf(question, page), page) : "";
  const interval = intervalOf(panel, page);
  const starts = buckets({ from: Date.parse(page.from), to: Date.parse(page.to) }, interval);
  return {
    figure: figureOf(now, unit),
    change: changeOf(now, before, rule, against),
    course: lines
      ? column(lines.series[0]?.points ?? [], measure, starts, unit === "count" ? 0 : null)
      : [],
  };
}

/** "a week earlier": what a trend is against. */
export function againstWords(compare: string | null, page: Asked): string {
  if (compare === null || compare === "previous") return againstOf(page);
  return { "1d": "a day earlier", "1w": "a week earlier" }[compare] ?? `${compare} earlier`;
}
