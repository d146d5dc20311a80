/** The ready-made board: which charts there are, and what each measures. */

import type { ChangeRule } from "../../charts/change";
import type { Unit } from "../../charts/ticks";

/**
 * Rows that the charts are about: all that a chart asks of one of them is asked at once. Traces of
 * known users, guardrails and calls of the gateway are asked for only where a project has any, and
 * never split.
 */
export type Source = "traces" | "calls" | "users" | "guardrails" | "gateway";

/** What guardrails say that let something not pass, whatever library they are of. */
export const STOPPED =
  'status = "error" or output matches "(?i)(passed|allowed)[^a-z0-9]{1,4}false' +
  '|(triggered|flagged|blocked|violated)[^a-z0-9]{1,4}true"';

export interface Line {
  label: string;
  /** A token without its dashes. */
  token: string;
  measure: string;
  /** Measures to take away: tokens from the cache are part of the input. */
  less?: readonly string[];
  filled?: boolean;
  /** What the other lines leave of a sum. */
  rest?: boolean;
  /** With the period before, dashed. */
  ghost?: boolean;
}

export interface BoardChart {
  key: string;
  title: string;
  source: Source;
  unit: Unit;
  /** What is drawn while nothing splits the chart. */
  lines: readonly Line[];
  /** The one figure of the card; and what stands behind its unit. */
  figure: string;
  suffix?: string;
  /** What is drawn of each group; else the figure. */
  split?: { measure: string; suffix: string };
  /** Split by model where nobody chose another field. */
  byModel?: boolean;
  /** Bars on each other: amounts that add up. */
  stacked?: boolean;
  /** Which direction of the figure is bad. */
  rule: ChangeRule;
  /** What holds for the rows behind it, in the filter language. */
  narrowing?: string;
  /** In which order the rows behind it are worth looking at. */
  order?: string;
  /** A measure of all its rows that has to be more than nothing, or the chart is left out. */
  needs?: string;
  /** It is drawn only as a whole, and is left out where the page splits its charts. */
  wholeOnly?: boolean;
  /** A smaller figure beside it. */
  more?: { measure: string; words: string };
}

export interface BoardSection {
  title: string;
  charts: readonly BoardChart[];
}

const EVEN: ChangeRule = { as: "ratio", worse: null };
const COSTLY: ChangeRule = { as: "ratio", worse: "up" };
const FAILING: ChangeRule = { as: "points", worse: "up" };

function percentiles(field: string, ...levels: ("p50" | "p95" | "p99")[]): Line[] {
  const tokens = { p50: "s1", p95: "s3", p99: "s5" };
  return levels.map((level) => ({
    label: level,
    token: tokens[level],
    measure: `${level}(${field})`,
    ghost: level === "p95",
  }));
}

const one = (label: string, measure: string, look: Partial<Line> = {}): Line => ({
  label,
  token: "s1",
  measure,
  ...look,
});

/** Calls that the gateway answered by what it kept. */
const KEPT = 'metadata.gateway.cache in ("hit", "semantic")';
const SAVED = "sum(metadata.gateway.saved_usd)";
const CACHED = "sum(usage.cached_tokens) / sum(usage.input_tokens)";
const COUNT = { filled: true, ghost: true };
const SLOW = { figure: "p50(duration_ms)", suffix: "p50", order: "-duration_ms" };
const FIRST = {
  figure: "p50(time_to_first_token_ms)",
  suffix: "p50",
  order: "-time_to_first_token_ms",
};
const p95 = (field: string) => ({ measure: `p95(${field})`, suffix: "p95" });

export const SECTIONS: readonly BoardSection[] = [
  {
    title: "Volume",
    charts: [
      {
        key: "traces",
        title: "Traces",
        source: "traces",
        unit: "count",
        lines: [one("traces", "count", COUNT)],
        figure: "count",
        rule: EVEN,
      },
      {
        key: "errors",
        title: "Error share",
        source: "traces",
        unit: "share",
        lines: [one("failed", "error_rate", { ...COUNT, token: "err-fill" })],
        figure: "error_rate",
        rule: FAILING,
        narrowing: 'status = "error"',
      },
    ],
  },
  {
    title: "Latency",
    charts: [
      {
        key: "duration",
        title: "Duration",
        source: "traces",
        unit: "ms",
        lines: percentiles("duration_ms", "p50", "p95", "p99"),
        ...SLOW,
        split: p95("duration_ms"),
        rule: COSTLY,
      },
      {
        key: "first",
        title: "Time to first token",
        source: "traces",
        unit: "ms",
        lines: percentiles("time_to_first_token_ms", "p50", "p95"),
        ...FIRST,
        split: p95("time_to_first_token_ms"),
        rule: COSTLY,
        narrowing: "time_to_first_token_ms exists",
      },
    ],
  },
  {
    title: "Tokens and cost",
    charts: [
      {
        key: "tokens",
        title: "Tokens",
        source: "traces",
        unit: "tokens",
        stacked: true,
        lines: [
          one("cached", "sum(usage.cached_tokens)", { token: "s7" }),
          one("cache write", "sum(usage.cache_write_tokens)", { token: "s4" }),
          one("input", "sum(usage.input_tokens)", {
            less: ["sum(usage.cached_tokens)", "sum(usage.cache_write_tokens)"],
          }),
          one("output", "sum(usage.output_tokens)", { token: "s3" }),
        ],
        figure: "sum(usage.total_tokens)",
        rule: EVEN,
        narrowing: "usage.total_tokens exists",
        order: "-usage.total_tokens",
      },
      {
        key: "cost",
        title: "Cost",
        source: "traces",
        unit: "usd",
        stacked: true,
        byModel: true,
        lines: [],
        figure: "sum(cost.total)",
        rule: COSTLY,
        narrowing: "cost.total exists",
        order: "-cost.total",
      },
    ],
  },
  {
    title: "Each trace",
    charts: [
      {
        key: "tokens-per-trace",
        title: "Tokens per trace",
        source: "traces",
        unit: "mean",
        lines: [one("tokens", "sum(usage.total_tokens) / count", { ghost: true })],
        figure: "sum(usage.total_tokens) / count",
        rule: COSTLY,
        order: "-usage.total_tokens",
      },
      {
        key: "cost-per-trace",
        title: "Cost per trace",
        source: "traces",
        unit: "usd",
        lines: [one("cost", "sum(cost.total) / count", { ghost: true })],
        figure: "sum(cost.total) / count",
        rule: COSTLY,
        order: "-cost.total",
      },
    ],
  },
  {
    title: "Model calls",
    charts: [
      {
        key: "calls",
        title: "Calls",
        source: "calls",
        unit: "count",
        stacked: true,
        byModel: true,
        lines: [],
        figure: "count",
        rule: EVEN,
      },
      {
        key: "call-errors",
        title: "Failed calls",
        source: "calls",
        unit: "share",
        lines: [one("failed", "error_rate", { ...COUNT, token: "err-fill" })],
        figure: "error_rate",
        rule: FAILING,
        narrowing: 'status = "error"',
      },
    ],
  },
  {
    title: "Latency of calls",
    charts: [
      {
        key: "call-duration",
        title: "Call duration",
        source: "calls",
        unit: "ms",
        lines: percentiles("duration_ms", "p50", "p95", "p99"),
        ...SLOW,
        rule: COSTLY,
      },
      {
        key: "call-p95",
        title: "p95",
        source: "calls",
        unit: "ms",
        byModel: true,
        lines: [],
        figure: "p95(duration_ms)",
        rule: COSTLY,
        order: "-duration_ms",
      },
    ],
  },
  {
    title: "Streaming",
    charts: [
      {
        key: "call-first",
        title: "First token of calls",
        source: "calls",
        unit: "ms",
        lines: percentiles("time_to_first_token_ms", "p50", "p95"),
        ...FIRST,
        split: p95("time_to_first_token_ms"),
        rule: COSTLY,
        narrowing: "streaming = true",
        more: { measure: "share(streaming = true)", words: "streamed" },
      },
      {
        key: "speed",
        title: "Output speed",
        source: "calls",
        unit: "speed",
        byModel: true,
        lines: [],
        figure: "tokens_per_second",
        rule: { as: "ratio", worse: "down" },
      },
    ],
  },
  {
    title: "Agents and users",
    charts: [
      {
        key: "calls-per-trace",
        title: "Calls per trace",
        source: "traces",
        unit: "mean",
        lines: [one("calls", "sum(llm_call_count) / count", { ghost: true })],
        figure: "sum(llm_call_count) / count",
        rule: EVEN,
        order: "-llm_call_count",
      },
      {
        key: "users",
        title: "Users",
        source: "traces",
        unit: "count",
        lines: [one("users", "uniq(user_id)", COUNT)],
        figure: "uniq(user_id)",
        rule: EVEN,
        narrowing: "user_id exists",
      },
    ],
  },
  {
    title: "Spending",
    charts: [
      {
        key: "cost-types",
        title: "Cost by token type",
        source: "traces",
        unit: "usd",
        stacked: true,
        wholeOnly: true,
        needs: "sum(cost.input)",
        lines: [
          one("input", "sum(cost.input)"),
          one("output", "sum(cost.output)", { token: "s3" }),
          one("not told apart", "sum(cost.total)", {
            token: "s8",
            less: ["sum(cost.input)", "sum(cost.output)"],
            rest: true,
          }),
        ],
        figure: "sum(cost.total)",
        rule: COSTLY,
        narrowing: "cost.total exists",
        order: "-cost.total",
      },
      {
        key: "cost-per-user",
        title: "Cost per user",
        source: "users",
        unit: "usd",
        needs: "sum(cost.total)",
        lines: [one("cost", "sum(cost.total) / uniq(user_id)", { ghost: true })],
        figure: "sum(cost.total) / uniq(user_id)",
        rule: COSTLY,
        narrowing: "user_id exists",
        order: "-cost.total",
      },
    ],
  },
  {
    title: "Caches and guardrails",
    charts: [
      {
        key: "cached",
        title: "Input from the cache",
        source: "calls",
        unit: "share",
        needs: "sum(usage.cached_tokens)",
        lines: [one("share", CACHED, COUNT)],
        figure: CACHED,
        suffix: "of tokens",
        rule: { as: "points", worse: "down" },
        narrowing: "usage.cached_tokens > 0",
      },
      {
        key: "guardrails",
        title: "Guardrail hits",
        source: "guardrails",
        unit: "share",
        needs: "count",
        lines: [one("stopped", `share(${STOPPED})`, { ...COUNT, token: "err-fill" })],
        figure: `share(${STOPPED})`,
        suffix: "of checks",
        rule: FAILING,
        narrowing: `(${STOPPED})`,
      },
    ],
  },
  {
    title: "Gateway",
    charts: [
      {
        key: "gateway-cache",
        title: "Answers from the cache",
        source: "gateway",
        unit: "share",
        needs: "count",
        lines: [one("share", `share(${KEPT})`, COUNT)],
        figure: `share(${KEPT})`,
        suffix: "of calls",
        rule: { as: "points", worse: "down" },
        narrowing: KEPT,
      },
      {
        key: "gateway-saved",
        title: "Saved by the cache",
        source: "gateway",
        unit: "usd",
        needs: "count",
        lines: [one("saved", SAVED, COUNT)],
        figure: SAVED,
        rule: { as: "ratio", worse: "down" },
        narrowing: "metadata.gateway.saved_usd exists",
      },
    ],
  },
];

export const CHARTS: readonly BoardChart[] = SECTIONS.flatMap(({ charts }) => charts);

/** All measures of the charts of a source that are wanted of the whole, each once. */
export function measuresOf(source: Source): string[] {
  const measures = CHARTS.filter((chart) => chart.source === source).flatMap((chart) => [
    chart.figure,
    ...(chart.more ? [chart.more.measure] : []),
    ...(chart.needs ? [chart.needs] : []),
    ...chart.lines.flatMap(({ measure, less = [] }) => [measure, ...less]),
  ]);
  return [...new Set(["count", "error_count", ...measures])];
}

/** What is measured of each group, `count` first: it chooses the largest. */
export function splitMeasuresOf(source: Source): string[] {
  const charts = CHARTS.filter((chart) => chart.source === source && !chart.wholeOnly);
  return [...new Set(["count", ...charts.map(splitMeasure)])];
}

export function splitMeasure(chart: BoardChart): string {
  return chart.split?.measure ?? chart.figure;
}
