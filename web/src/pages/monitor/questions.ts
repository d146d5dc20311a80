/** What the board asks of `POST /metrics/query`: four questions, however many charts. */

import type { BoardQuestion, Measured } from "../../api/types";
import { MOST_SERIES } from "../../charts/palette";
import type { Interval } from "../../charts/period";
import { counted, mean } from "../overview/questions";
import { measuresOf, type Source, splitMeasuresOf } from "./board";
import type { Split } from "./splits";

export interface Asked {
  project: string;
  from: string;
  to: string;
  interval: Interval;
  /** Of the filter bar, about traces. */
  filter: string;
  split: Split | null;
  /** Whether the period before is wanted. */
  compare: boolean;
  /** Whether the project began in the period before, whose sums are those of a part of it. */
  beganBefore?: boolean;
}

/** Some charts of the board that are asked for together, by what they are here. */
export interface Part {
  asked: Asked;
  compare: boolean;
  charts: Record<string, Measured>;
}

export const LLM = 'kind = "llm"';
export const PAID = 'kind in ("llm", "embedding", "reranker")';
export const TOOLS = 'kind in ("tool", "retriever")';
export const GUARDRAILS = 'kind = "guardrail"';
const OF_GATEWAY = 'source = "gateway" and kind = "llm"';
const CACHEABLE = 'kind = "llm" and metadata.gateway.cache exists';
const KNOWN_USER = "user_id exists";
export const FAILURES = 'status = "error"';
const GROUPS = { limit: MOST_SERIES - 1, other: true };
const ROWS = 6;

/** What holds for the spans of the traces that a filter holds for. */
export function ofTraces(filter: string): string {
  return `any(trace: ${filter})`;
}

/** Some spans, within the page's filter: it means the same for every chart. */
export function spansOf(condition: string, filter: string): string {
  return filter ? `${condition} and ${ofTraces(filter)}` : condition;
}

/** Figures and lines of traces or of model calls as a whole. */
export function wholePart(source: Source, asked: Asked): Part {
  const rows = {
    ...rowsOf(source, asked.filter),
    measures: measuresOf(source),
  };
  const lines = { ...rows, interval: asked.interval.name };
  const isSplit = asked.split !== null && isSplittable(source);
  const charts: Record<string, Measured> = isSplit ? { totals: rows } : { totals: rows, lines };
  if (source === "calls") {
    charts.tools = {
      scope: "spans",
      filter: spansOf(TOOLS, asked.filter),
      measures: ["count", "p95(duration_ms)"],
    };
  }
  return { asked, compare: asked.compare, charts };
}

/** Of which sources there is something: little is read for it, and it is asked for first. */
export function therePart(asked: Asked): Part {
  const one = (rows: Pick<Measured, "scope" | "filter">) => ({ ...rows, measures: ["count"] });
  const users = rowsOf("users", asked.filter).filter;
  const charts = {
    users: one({ scope: "traces", filter: `(${users}) and cost.total exists` }),
    guardrails: one(rowsOf("guardrails", asked.filter)),
    gateway: one({ scope: "spans", filter: spansOf(OF_GATEWAY, asked.filter) }),
  };
  return { asked, compare: false, charts };
}

/** How many traces there are: whether the filter can be read, and lets anything through. */
export function totalsPart(asked: Asked): Part {
  const totals = { ...rowsOf("traces", asked.filter), measures: ["count"] };
  return { asked, compare: false, charts: { totals } };
}

/** Lines of groups: by what was chosen, and by what some charts are always split by. */
export function groupedPart(asked: Asked): Part {
  const { filter, split } = asked;
  const interval = asked.interval.name;
  const byField = split?.field ?? "model";
  const charts: Record<string, Measured> = {};
  if (split)
    charts.traces = {
      ...rowsOf("traces", filter),
      ...GROUPS,
      interval,
      group_by: [split.field],
      measures: splitMeasuresOf("traces"),
    };
  charts.calls = {
    ...rowsOf("calls", filter),
    ...GROUPS,
    interval,
    group_by: [split?.ofCalls ?? "model"],
    measures: splitMeasuresOf("calls"),
  };
  // A trace of several models costs each of them only its share: spans tell which.
  if (!split || split.several)
    charts.used = {
      scope: "spans",
      filter: spansOf(PAID, filter),
      ...GROUPS,
      interval,
      group_by: [byField],
      measures: ["sum(cost.total)", "sum(usage.total_tokens)"],
    };
  const tools = {
    scope: "spans" as const,
    filter: spansOf(TOOLS, filter),
    group_by: ["kind", "name"],
    limit: ROWS,
  };
  charts.toolRows = { ...tools, measures: ["count", "error_rate", "p95(duration_ms)"] };
  charts.toolLines = { ...tools, interval, measures: ["count", "p95(duration_ms)"] };
  charts.errorLines = {
    ...failedRows(filter),
    ...GROUPS,
    interval,
    group_by: ["error_type"],
    measures: ["count"],
  };
  return { asked, compare: false, charts };
}

/** Feedback and evaluators' scores, of whole traces. */
export function scoresPart(asked: Asked, names: readonly string[]): Part {
  const rows = {
    ...rowsOf("traces", asked.filter),
    measures: names.flatMap((name) => [mean(name), counted(name)]),
  };
  const charts = { totals: rows, lines: { ...rows, interval: asked.interval.name } };
  return { asked, compare: asked.compare, charts };
}

/** Which rows the charts of a source are about. */
export function rowsOf(source: Source, filter: string): Pick<Measured, "scope" | "filter"> {
  switch (source) {
    case "calls":
      return { scope: "spans", filter: spansOf(LLM, filter) };
    case "guardrails":
      return { scope: "spans", filter: spansOf(GUARDRAILS, filter) };
    case "gateway":
      return { scope: "spans", filter: spansOf(CACHEABLE, filter) };
    case "users":
      return { scope: "traces", filter: filter ? `(${filter}) and ${KNOWN_USER}` : KNOWN_USER };
    case "traces":
      return { scope: "traces", filter: filter || undefined };
  }
}

/** Whether the charts of a source are drawn by group where the page asks for it. */
export function isSplittable(source: Source): boolean {
  return source === "traces" || source === "calls";
}

/** Failed traces. */
export function failedRows(filter: string): Pick<Measured, "scope" | "filter"> {
  return rowsOf("traces", filter ? `(${filter}) and ${FAILURES}` : FAILURES);
}

/** A part as the API is asked for it. */
export function bodyOf({ asked, compare, charts }: Part): BoardQuestion {
  const { project, from, to } = asked;
  return {
    project,
    from,
    to,
    compare: compare ? "previous" : undefined,
    charts: Object.values(charts),
  };
}
