/** What panels ask of `POST /metrics/query`, within the filter, split and time of the page. */

import type { Measured } from "../../../api/types";
import { MOST_SERIES } from "../../../charts/palette";
import type { Interval } from "../../../charts/period";
import { intervalsFor } from "../intervals";
import type { Behind } from "../links";
import { type Asked, ofTraces, type Part } from "../questions";
import type { Split } from "../splits";
import { isChart, type Panel } from "./model";

const ROWS = 10;

/** The charts of all panels, by the id of each: asked together, they share their queries. */
export function panelsPart(panels: readonly Panel[], asked: Asked): Part {
  const charts = Object.assign({}, ...panels.map((panel) => chartsOf(panel, asked)));
  return { asked, compare: false, charts };
}

/** What one panel asks. */
export function chartsOf(panel: Panel, asked: Asked): Record<string, Measured> {
  const { id, kind, question } = panel;
  if (!question) return {};
  const { scope, limit } = question;
  const rows = { scope, filter: filterOf(question, asked.filter) || undefined };
  const compare = compareOf(question, asked);
  const [first = "count"] = question.measures;
  const interval = intervalOf(panel, asked).name;
  switch (kind) {
    case "table": {
      const { measures, group_by } = question;
      return { [id]: { ...rows, measures, group_by, limit: limit ?? ROWS } };
    }
    case "histogram":
      return { [id]: { ...rows, measures: [first] } };
    case "heatmap":
      return { [id]: { ...rows, measures: [first], interval } };
    case "figure":
      return {
        [id]: { ...rows, measures: [first], compare },
        [linesOf(id)]: { ...rows, measures: [first], interval },
      };
    default: {
      const by = splitOf(panel, asked.split);
      if (!by) return { [id]: { ...rows, measures: question.measures, interval, compare } };
      const groups = { group_by: [by.field], limit: limit ?? MOST_SERIES - 1, other: true };
      return { [id]: { ...rows, measures: [first], interval, ...groups } };
    }
  }
}

/** The answer that has the course of a single figure. */
export function linesOf(id: string): string {
  return `${id} lines`;
}

/** By what a chart is split: by its own field, else by that of the page. */
export function splitOf(
  { kind, question }: Panel,
  page: Split | null,
): { field: string; label: string } | null {
  if (!question || !isChart(kind)) return null;
  const [own] = question.group_by ?? [];
  if (own) return { field: own, label: own.replace(/^(trace|metadata)\./, "") };
  if (!page || question.scope === "sessions") return null;
  return { field: question.scope === "spans" ? page.ofCalls : page.field, label: page.label };
}

/** The panel's own interval if it suits the time, else that of the page. */
export function intervalOf({ question }: Panel, { from, to, interval }: Asked): Interval {
  const own = question?.interval;
  const suiting = intervalsFor(Date.parse(from), Date.parse(to));
  return suiting.find(({ name }) => name === own) ?? interval;
}

/** With what a figure or a line is compared: null for nothing. */
export function compareOf(question: Measured, { compare }: Asked): string | null {
  if (!compare || question.compare === null) return null;
  return question.compare ?? "previous";
}

/** The rows behind a panel: what they have in common, and which are worth looking at first. */
export function behindOf({ question }: Panel): Behind {
  const [measure = ""] = question?.measures ?? [];
  const failed = /^error_(count|rate)$/.test(measure) ? 'status = "error"' : "";
  const field = /^(?:p\d|max|avg|sum|histogram).*\((duration_ms|cost\.total|usage\.total_tokens)/;
  return {
    source: question?.scope === "spans" ? "tools" : (question?.scope ?? "traces"),
    narrowing: both(question?.filter, failed) || undefined,
    order: field.exec(measure)?.[1]?.replace(/^/, "-"),
  };
}

/** The filter of the page and that of the panel. */
export function filterOf({ scope, filter }: Measured, page: string): string {
  return both(scope === "spans" && page ? ofTraces(page) : page, filter);
}

function both(one: string | undefined, other: string | undefined): string {
  if (one && other) return `(${one}) and (${other})`;
  return one || other || "";
}
