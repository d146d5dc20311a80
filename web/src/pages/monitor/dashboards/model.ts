/** Dashboards as the pages use them, and what can be chosen of their panels. */

import type { components } from "../../../api/openapi";
import type { Measured } from "../../../api/types";
import type { Unit } from "../../../charts/ticks";
import type { Cell } from "./grid";

type Schemas = components["schemas"];
export type PanelKind = Schemas["Panel"]["kind"];

export interface Panel {
  id: string;
  title: string;
  kind: PanelKind;
  /** Null for text. */
  question: Measured | null;
  position: Cell;
  options: { text?: string; unit?: Unit | null; worse?: "up" | "down" | null };
}

export type DashboardSummary = Schemas["DashboardSummary"];

export interface Dashboard extends Omit<Required<Schemas["DashboardOut"]>, "panels"> {
  panels: Panel[];
}

/** What makes a dashboard: the file that is kept of one, and what is posted. */
export type NewDashboard = Pick<Dashboard, "name" | "description" | "refresh_s" | "panels">;

export const KINDS: readonly { value: PanelKind; label: string }[] = [
  { value: "line", label: "Lines" },
  { value: "area", label: "Areas" },
  { value: "bar", label: "Bars" },
  { value: "stacked", label: "Stacked bars" },
  { value: "heatmap", label: "Heat map" },
  { value: "histogram", label: "Histogram" },
  { value: "table", label: "Table" },
  { value: "figure", label: "Single figure" },
  { value: "text", label: "Text" },
];

export const UNITS: readonly { value: Unit; label: string }[] = [
  { value: "count", label: "a number" },
  { value: "mean", label: "a mean" },
  { value: "ms", label: "milliseconds" },
  { value: "share", label: "a share" },
  { value: "usd", label: "US dollars" },
  { value: "tokens", label: "tokens" },
  { value: "score", label: "a score" },
  { value: "speed", label: "tokens a second" },
];

export const REFRESHES: readonly { value: number; label: string }[] = [
  { value: 10, label: "10 s" },
  { value: 30, label: "30 s" },
  { value: 60, label: "1 min" },
  { value: 300, label: "5 min" },
  { value: 900, label: "15 min" },
];

/** Measures that people ask for most; any other of the reference can be typed. */
export const USUAL: Record<Measured["scope"], readonly string[]> = {
  traces: [
    ...["count", "error_rate", "error_count", "p50(duration_ms)", "p95(duration_ms)"],
    ...["p99(duration_ms)", "p50(time_to_first_token_ms)", "sum(cost.total)"],
    ...["sum(usage.total_tokens)", "sum(usage.input_tokens)", "sum(usage.output_tokens)"],
    ...["sum(cost.total) / count", "uniq(user_id)", "uniq(session_id)", "rate(count)"],
  ],
  spans: [
    ...["count", "error_rate", "p50(duration_ms)", "p95(duration_ms)", "p99(duration_ms)"],
    ...["p50(time_to_first_token_ms)", "tokens_per_second", "share(streaming = true)"],
    ...["sum(cost.total)", "sum(usage.total_tokens)", "sum(usage.cached_tokens)"],
  ],
  sessions: ["count", "error_rate", "avg(trace_count)", "sum(cost.total)", "p95(duration_ms)"],
};
export const BUCKETED: readonly string[] = [
  ...["histogram(duration_ms)", "histogram(time_to_first_token_ms)"],
  ...["histogram(cost.total)", "histogram(usage.total_tokens)"],
];

export function isOverTime(kind: PanelKind): boolean {
  return isChart(kind) || kind === "heatmap";
}

/** Lines and bars over time, of one or several series. */
export function isChart(kind: PanelKind): boolean {
  return kind === "line" || kind === "area" || kind === "bar" || kind === "stacked";
}

export function isBucketed(kind: PanelKind): boolean {
  return kind === "heatmap" || kind === "histogram";
}

/** The same panel as another kind: what that kind cannot ask is replaced by what it can. */
export function asKind(panel: Panel, kind: PanelKind): Panel {
  if (kind === "text") return { ...panel, kind, question: null };
  const question: Measured = panel.question ?? { scope: "traces", measures: ["count"] };
  const counting = question.measures.some((measure) => measure.startsWith("histogram("));
  if (isBucketed(kind)) {
    const measures = counting ? question.measures.slice(0, 1) : ["histogram(duration_ms)"];
    return { ...panel, kind, question: { ...question, measures, group_by: [] } };
  }
  const measures = counting ? ["count"] : question.measures;
  const fields = question.group_by ?? [];
  const split = isChart(kind) ? fields.slice(0, 1) : kind === "figure" ? [] : fields;
  const one = kind === "figure" || (isChart(kind) && split.length > 0);
  return {
    ...panel,
    kind,
    question: { ...question, measures: one ? measures.slice(0, 1) : measures, group_by: split },
  };
}

/** A name that no other has: "Night watch", "Night watch 2". */
export function freeName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  let number = 2;
  while (taken.includes(`${wanted} ${number}`)) number += 1;
  return `${wanted} ${number}`;
}

/** An id that none of the panels has. */
export function freeId(panels: readonly { id: string }[]): string {
  let number = panels.length + 1;
  while (panels.some(({ id }) => id === `panel-${number}`)) number += 1;
  return `panel-${number}`;
}

/** The file that is kept of a dashboard. */
export function fileOf({ name, description, refresh_s, panels }: NewDashboard): string {
  return `${JSON.stringify({ name, description, refresh_s, panels }, null, 2)}\n`;
}

/** The dashboard in a file. Throws an Error in words for what is none; the server looks closer. */
export function readFile(text: string): NewDashboard {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("This file is not JSON.");
  }
  const { name, panels } = (found ?? {}) as Partial<NewDashboard>;
  if (typeof name !== "string" || !Array.isArray(panels))
    throw new Error("This file holds no dashboard: it has no name or no panels.");
  return found as NewDashboard;
}
