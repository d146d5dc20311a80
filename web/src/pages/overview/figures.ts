/** The six figures of the overview, each with its change and the filter that shows its rows. */

import type { MetricsAnswer } from "../../api/types";
import { single } from "../../charts/align";
import { type Change, type ChangeRule, changeOf } from "../../charts/change";
import { figureOf } from "../../charts/values";
import { count, duration } from "../../format";
import { scoreField } from "./filters";
import { counted, mean } from "./questions";

export interface Figure {
  key: string;
  title: string;
  figure: [string, string];
  /** A second, smaller figure: "p99 8.30 s", "n = 412". */
  more?: string;
  change: Change | null;
  /** What narrows the traces to those behind the figure. */
  filter?: string;
  order?: string;
}

const NEUTRAL: ChangeRule = { as: "ratio", worse: null };
const COSTLY: ChangeRule = { as: "ratio", worse: "up" };

interface Totals {
  count: number | null;
  errors: number | null;
  share: number | null;
  p50: number | null;
  p99: number | null;
  cost: number | null;
  tokens: number | null;
  score: number | null;
  scored: number | null;
}

export function totalsOf(answer: MetricsAnswer, score: string | null): Totals {
  const points = answer.series[0]?.points ?? [];
  const of = (measure: string) => single(points, measure);
  const all = of("count") ?? 0;
  const errors = of("error_count") ?? 0;
  return {
    count: all,
    errors,
    share: all === 0 ? null : errors / all,
    p50: of("p50(duration_ms)"),
    p99: of("p99(duration_ms)"),
    cost: of("sum(cost.total)"),
    tokens: of("sum(usage.total_tokens)"),
    score: score === null ? null : of(mean(score)),
    scored: score === null ? null : of(counted(score)),
  };
}

/**
 * `earlier` is null where nothing precedes the range; `against` names what it is compared with. Of
 * a time in which the project began, means and shares tell something, sums do not: `whole` is false.
 */
export function figuresOf(
  now: Totals,
  earlier: Totals | null,
  score: string | null,
  against: string,
  whole = true,
): Figure[] {
  const change = (name: keyof Totals, rule: ChangeRule) =>
    changeOf(now[name], earlier?.[name], rule, against);
  const changeOfSum = (name: keyof Totals, rule: ChangeRule) => (whole ? change(name, rule) : null);
  return [
    {
      key: "traces",
      title: "Traces",
      figure: figureOf(now.count, "count"),
      change: changeOfSum("count", NEUTRAL),
    },
    {
      key: "errors",
      title: "Error share",
      figure: figureOf(now.share, "share"),
      more: now.errors ? count(now.errors) : undefined,
      change: change("share", { as: "points", worse: "up" }),
      filter: 'status = "error"',
    },
    {
      key: "latency",
      title: "Latency",
      figure: withSuffix(figureOf(now.p50, "ms"), "p50"),
      more: now.p99 === null ? undefined : `${duration(now.p99)} p99`,
      change: change("p99", COSTLY) ?? change("p50", COSTLY),
      order: "-duration_ms",
    },
    {
      key: "cost",
      title: "Cost",
      figure: figureOf(now.cost, "usd"),
      change: changeOfSum("cost", COSTLY),
      filter: "cost.total exists",
      order: "-cost.total",
    },
    {
      key: "tokens",
      title: "Tokens",
      figure: figureOf(now.tokens, "tokens"),
      change: changeOfSum("tokens", NEUTRAL),
      filter: "usage.total_tokens exists",
      order: "-usage.total_tokens",
    },
    {
      key: "score",
      title: score ?? "Mean score",
      figure: withSuffix(figureOf(now.score, "score"), now.score === null ? "" : "mean"),
      more: now.scored ? `n = ${count(now.scored)}` : undefined,
      change: change("score", { as: "difference", worse: "down" }),
      filter: score === null ? undefined : `${scoreField(score)} exists`,
    },
  ];
}

function withSuffix([figure, unit]: [string, string], suffix: string): [string, string] {
  return [figure, [unit, suffix].filter(Boolean).join(" ")];
}
