/** What the address of the table page says, and how it is written back. */

import { oneOf, type Search } from "../../address";
import { type Condition, conditionsText, joined, parseConditions } from "../../filter/conditions";
import {
  absolute,
  type Bounds,
  boundsOf,
  readRange,
  type TimeRange,
  writeRange,
} from "../../timeRange";

export const SCOPES = ["traces", "sessions", "spans"] as const;
export type Scope = (typeof SCOPES)[number];

export const MEASURES = ["count", "latency", "cost"] as const;
export type Measure = (typeof MEASURES)[number];

export interface Sorting {
  field: string;
  descending: boolean;
}

export const NEWEST: Sorting = { field: "start_time", descending: true };

export interface TableState {
  scope: Scope;
  /** What stands in the filter bar. */
  bar: string;
  chips: Condition[];
  range: TimeRange;
  /** What the strip showed before the range was narrowed in it. */
  around: TimeRange | null;
  sorting: Sorting;
  /** Ids of the columns in their order; null is the choice of the scope. */
  columns: string[] | null;
  pinned: string[];
  measure: Measure;
  live: boolean;
  view: string | null;
  peek: string | null;
}

export function readState(search: Search): TableState {
  return {
    scope: oneOf(search.scope, SCOPES),
    bar: search.filter ?? "",
    chips: parseConditions(search.chips),
    range: readRange(search),
    around: search.around ? readAround(search.around) : null,
    sorting: readSorting(search.order),
    columns: search.cols ? words(search.cols) : null,
    pinned: search.pin ? words(search.pin) : [],
    measure: oneOf(search.chart, MEASURES),
    live: search.live === "1",
    view: search.view ?? null,
    peek: search.peek ?? null,
  };
}

function words(text: string): string[] {
  return [...new Set(text.split(",").filter(Boolean))];
}

/** The fields that the columns order by; another one in an address is dropped. */
export const ORDERS: readonly string[] = [
  ...["start_time", "name", "status", "duration_ms", "time_to_first_token_ms"],
  ...["usage.total_tokens", "cost.total", "error_count", "trace_count", "span_count"],
  "llm_call_count",
];

function readSorting(text: string | undefined): Sorting {
  const match = /^(-?)([\w.:-]+)$/.exec(text ?? "");
  return match?.[2] && ORDERS.includes(match[2])
    ? { field: match[2], descending: match[1] === "-" }
    : NEWEST;
}

export function writeSorting(sorting: Sorting): string {
  return `${sorting.descending ? "-" : ""}${sorting.field}`;
}

function readAround(text: string): TimeRange {
  const [from, to] = text.split("~");
  return to ? readRange({ from, to }) : readRange({ range: text });
}

function writeAround(range: TimeRange): string {
  return range.kind === "absolute" ? `${range.from}~${range.to}` : range.span;
}

/** The change of the address that narrows the range within the strip, which stays as it was. */
export function narrowed(state: TableState, from: number, to: number): Search {
  return {
    ...writeRange(absolute(from, to)),
    around: writeAround(state.around ?? state.range),
    live: undefined,
  };
}

/** The part of the time that was dragged out of what the charts showed, in milliseconds. */
export function brushOf({ around, range }: TableState): { from: number; to: number } | null {
  if (!around || range.kind !== "absolute") return null;
  return { from: Date.parse(range.from), to: Date.parse(range.to) };
}

/** The change that takes the narrowing back. */
export function widened(state: TableState): Search {
  return { ...(state.around ? writeRange(state.around) : {}), around: undefined };
}

export function writeChips(chips: readonly Condition[]): string | undefined {
  return conditionsText(chips) || undefined;
}

/** Bar and chips as one filter, the way the server is asked. */
export function filterOf(state: Pick<TableState, "bar" | "chips">): string {
  return joined(state.bar, state.chips);
}

/** The part of the address that says which rows there are. */
export interface Question {
  project: string;
  scope: Scope;
  filter: string;
  bounds: Bounds;
  order: string;
}

export function questionOf(state: TableState, project: string, now: number): Question {
  return {
    project,
    scope: state.scope,
    filter: filterOf(state),
    bounds: boundsOf(state.range, now),
    order: writeSorting(state.sorting),
  };
}

/** The change that shows other rows for the same filter; columns and order are of the scope. */
export function otherScope(scope: Scope): Search {
  return {
    scope: scope === SCOPES[0] ? undefined : scope,
    cols: undefined,
    pin: undefined,
    order: undefined,
    peek: undefined,
    view: undefined,
  };
}

/** What a saved view keeps of the address: the question and its columns, not the time. */
export const VIEW_KEYS = ["scope", "filter", "chips", "order", "cols", "pin", "chart"] as const;

export function viewState(search: Search): Record<string, string> {
  return Object.fromEntries(
    VIEW_KEYS.flatMap((key) => {
      const value = search[key];
      return value ? [[key, value]] : [];
    }),
  );
}

/** The change of the address that opens a view. */
export function openedView(id: string, state: Record<string, unknown>): Search {
  const known = VIEW_KEYS.map((key) => {
    const value = state[key];
    return [key, typeof value === "string" && value ? value : undefined] as const;
  });
  return { ...Object.fromEntries(known), view: id, peek: undefined };
}

export function isEdited(search: Search, saved: Record<string, unknown>): boolean {
  return VIEW_KEYS.some(
    (key) => (search[key] ?? "") !== ((saved[key] as string | undefined) ?? ""),
  );
}

/** Whether all of a range fits into one turn of the clock, so that the day need not be written. */
export function withinADay(bounds: Bounds, now: number): boolean {
  if (!bounds.from) return false;
  const to = bounds.to ? Date.parse(bounds.to) : now;
  return to - Date.parse(bounds.from) <= 24.1 * 3_600_000;
}
