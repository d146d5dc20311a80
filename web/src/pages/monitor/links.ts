/** From a figure, a chart or a point of it to the rows behind. */

import type { LinkProps } from "@tanstack/react-router";
import type { Measured } from "../../api/types";
import { type Condition, conditionsText, joined, parseConditions } from "../../filter/conditions";
import type { TimeRange } from "../../timeRange";
import { tracesLink } from "../overview/links";
import type { TableState } from "../traces/state";
import { type BoardChart, splitMeasure } from "./board";
import { groupingOf, titleOf } from "./figures";
import { type Asked, GUARDRAILS, LLM, ofTraces, rowsOf } from "./questions";

export interface Behind {
  source: "traces" | "calls" | "tools" | "sessions";
  /** In the filter language. */
  narrowing?: string;
  conditions?: readonly Condition[];
  order?: string;
}

/** The rows behind a chart of the board. */
export function behindOf({ source, narrowing, order }: BoardChart): Behind {
  if (source === "users") return { source: "traces", narrowing, order };
  if (source === "gateway") return { source: "calls", narrowing, order };
  if (source !== "guardrails") return { source, narrowing, order };
  return { source: "tools", narrowing: `${GUARDRAILS} and ${narrowing}`, order };
}

/** The table of the rows behind a chart: the page's filter stays, what narrows it are chips. */
export function rowsBehind(
  project: string,
  state: TableState,
  range: TimeRange,
  { source, narrowing, conditions = [], order }: Behind,
): LinkProps {
  const more = [...parseConditions(narrowing), ...conditions];
  if (source === "traces" || source === "sessions")
    return tracesLink(project, range, {
      scope: source === "sessions" ? source : undefined,
      filter: state.bar || undefined,
      chips: conditionsText([...state.chips, ...more]) || undefined,
      order,
    });
  const kinds = source === "calls" ? parseConditions(LLM) : [];
  const filter = joined(state.bar, state.chips);
  return tracesLink(project, range, {
    scope: "spans",
    filter: filter ? ofTraces(filter) : undefined,
    chips: conditionsText([...kinds, ...more]),
    order,
  });
}

export interface Watched {
  name: string;
  scope: Measured["scope"];
  filter?: string;
  measure: string;
  group_by?: string;
}

/** The form of a new alert with this filled in. */
export function alertLink(project: string, watched: Watched): LinkProps {
  return {
    to: "/p/$project/alerts/new",
    params: { project },
    search: { ...watched, filter: watched.filter || undefined },
  };
}

/** A new alert that asks what a chart asks; what traces used by model is told by spans alone. */
export function alertOn(chart: BoardChart, { project, filter, split }: Asked): LinkProps {
  const grouping = groupingOf(chart, split);
  return alertLink(project, {
    ...rowsOf(chart.source, filter),
    name: titleOf(chart, split),
    measure: splitMeasure(chart),
    group_by: grouping?.answer === "used" ? undefined : grouping?.by,
  });
}
