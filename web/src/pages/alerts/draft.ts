/** A rule as it is typed, and as the server takes it. */

import type { Alert, AskedAlert, Condition } from "../../api/alerts";
import { ApiError } from "../../api/client";
import { SPLITS, type Split } from "../monitor/splits";
import { type Scope, unitOf } from "./measures";

export const WINDOWS = [
  "1m",
  "5m",
  "10m",
  "15m",
  "30m",
  "1h",
  "2h",
  "3h",
  "4h",
  "6h",
  "12h",
  "1d",
] as const;

export interface AlertDraft {
  name: string;
  scope: Scope;
  measure: string;
  /** As the API calls it; "" for none. */
  groupBy: string;
  limit: string;
  filter: string;
  window: AskedAlert["window"];
  kind: Condition["kind"];
  direction: Condition["direction"];
  unit: Condition["unit"];
  season: Condition["season"];
  periods: string;
  /** Bounds as typed: of shares in per cent. */
  warn: string;
  warnRecover: string;
  alert: string;
  alertRecover: string;
  forMinutes: string;
  remindMinutes: string;
  channels: readonly string[];
}

export const NEW_DRAFT: AlertDraft = {
  name: "",
  scope: "traces",
  measure: "error_rate",
  groupBy: "",
  limit: "10",
  filter: "",
  window: "15m",
  kind: "threshold",
  direction: "above",
  unit: "percent",
  season: "week",
  periods: "4",
  warn: "",
  warnRecover: "",
  alert: "",
  alertRecover: "",
  forMinutes: "",
  remindMinutes: "",
  channels: [],
};

type Bounds = Pick<AlertDraft, "kind" | "measure">;

/** Shares are typed in per cent. */
export function scaleOf({ kind, measure }: Bounds): number {
  return kind === "threshold" && unitOf(measure) === "share" ? 100 : 1;
}

const tidy = (value: number) => Number(value.toPrecision(12));

export function draftOf(rule: Alert): AlertDraft {
  const { condition } = rule;
  const scale = scaleOf({ kind: condition.kind, measure: rule.measure });
  const typed = (value: number | null | undefined) =>
    value === null || value === undefined ? "" : String(tidy(value * scale));
  return {
    name: rule.name,
    scope: rule.scope,
    measure: rule.measure,
    groupBy: rule.group_by ?? "",
    limit: String(rule.limit),
    filter: rule.filter,
    window: WINDOWS.find((one) => one === rule.window) ?? NEW_DRAFT.window,
    kind: condition.kind,
    direction: condition.direction,
    unit: condition.unit,
    season: condition.season,
    periods: String(condition.periods),
    warn: typed(condition.warn?.bound),
    warnRecover: typed(condition.warn?.recover),
    alert: typed(condition.alert?.bound),
    alertRecover: typed(condition.alert?.recover),
    forMinutes: rule.for_minutes ? String(rule.for_minutes) : "",
    remindMinutes: rule.remind_minutes ? String(rule.remind_minutes) : "",
    channels: rule.channels,
  };
}

/** What the server is asked; call it only where `askProblem` finds nothing. */
export function askedOf(draft: AlertDraft): Omit<AskedAlert, "project" | "days"> {
  const scale = scaleOf(draft);
  const level = (bound: string, recover: string) =>
    bound.trim() === ""
      ? null
      : {
          bound: tidy(Number(bound) / scale),
          recover: recover.trim() === "" ? null : tidy(Number(recover) / scale),
        };
  return {
    scope: draft.scope,
    measure: draft.measure.trim(),
    filter: draft.filter,
    group_by: draft.groupBy,
    limit: Number(draft.limit),
    window: draft.window,
    condition: {
      kind: draft.kind,
      direction: draft.kind === "absence" ? "above" : draft.direction,
      unit: draft.unit,
      season: draft.season,
      periods: Number(draft.periods),
      warn: level(draft.warn, draft.warnRecover),
      alert: level(draft.alert, draft.alertRecover),
    },
    for_minutes: Number(draft.forMinutes),
    remind_minutes: Number(draft.remindMinutes),
  };
}

/** The first thing that keeps a rule from being tried. */
export function askProblem(draft: AlertDraft): string | null {
  if (!draft.measure.trim()) return "Say what is measured.";
  if (!draft.warn.trim() && !draft.alert.trim())
    return "Give a bound: of a warning, an alert, or both.";
  const bounds = [draft.warn, draft.alert, draft.warnRecover, draft.alertRecover];
  if (bounds.some((typed) => !Number.isFinite(Number(typed)))) return "Bounds are numbers.";
  const whole = [draft.forMinutes, draft.remindMinutes, draft.limit, draft.periods];
  if (whole.some((typed) => !/^\d*$/.test(typed.trim())))
    return "Minutes, weeks and groups are whole numbers.";
  return null;
}

export function draftProblem(draft: AlertDraft): string | null {
  return draft.name.trim() ? askProblem(draft) : "Give it a name.";
}

/** The split of a rule as the menu of splits has it; one that the menu does not offer stays itself. */
export function splitOf(groupBy: string, scope: Scope): Split | null {
  if (!groupBy) return null;
  const known = SPLITS.find((one) => (scope === "spans" ? one.ofCalls : one.field) === groupBy);
  if (known) return known;
  const bare = groupBy.replace(/^trace\.(?=metadata\.)/, "");
  return {
    field: bare,
    label: groupBy.replace(/^(trace\.)?metadata\./, ""),
    ofCalls: groupBy,
    several: false,
  };
}

/** The field of the form that the server speaks of; null where it names none. */
export function fieldOf(error: Error | null): keyof AlertDraft | null {
  if (!(error instanceof ApiError)) return null;
  const details = error.details as { parameter?: unknown } | null;
  const named = String(details?.parameter ?? "").replace(/^condition\./, "");
  return FIELDS[named] ?? null;
}

const FIELDS: Record<string, keyof AlertDraft> = {
  name: "name",
  measure: "measure",
  measures: "measure",
  group_by: "groupBy",
  window: "window",
  direction: "direction",
  periods: "periods",
  warn: "warn",
  alert: "alert",
  channels: "channels",
  filter: "filter",
};
