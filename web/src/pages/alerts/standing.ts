/** Where rules stand, the most urgent first. */
import type { Alert } from "../../api/alerts";

/** `nodata`: the server looked, and there was nothing to be measured. */
export type Standing = "alert" | "warn" | "error" | "nodata" | "waiting" | "ok" | "off";

const ORDER: readonly Standing[] = ["alert", "warn", "error", "nodata", "waiting", "ok", "off"];

export const NAMES: Record<Standing, string> = {
  alert: "Alert",
  warn: "Warning",
  error: "Cannot look",
  nodata: "No data",
  waiting: "Not looked yet",
  ok: "OK",
  off: "Off",
};

export function standingOf(rule: Pick<Alert, "state" | "groups" | "condition">): Standing {
  if (rule.state !== "ok" || rule.condition.kind === "absence") return rule.state;
  return rule.groups.some((one) => one.value !== null) ? "ok" : "nodata";
}

/** Why nobody is told of it just now; null while somebody would be. */
export function silenceOf(rule: Alert, now: number): "muted" | "maintenance" | null {
  if (rule.muted_until !== null && Date.parse(rule.muted_until) > now) return "muted";
  return rule.in_maintenance ? "maintenance" : null;
}

/** Since when the oldest of its open episodes lasts; null while none is open. */
export function openSince({ groups }: Pick<Alert, "groups">): string | null {
  const opened = groups.flatMap((one) => one.opened_at ?? []);
  return opened.sort()[0] ?? null;
}

/** Open episodes first, the newest of them on top; then what cannot be told, then the quiet. */
export function byUrgency(rules: readonly Alert[]): Alert[] {
  const rank = (rule: Alert) => ORDER.indexOf(standingOf(rule));
  return rules.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (openSince(b) ?? "").localeCompare(openSince(a) ?? "") ||
      a.name.localeCompare(b.name),
  );
}

export const SHOWN = ["all", "open", "error", "nodata", "ok", "muted", "off"] as const;
export type Shown = (typeof SHOWN)[number];

export const SHOWN_NAMES: Record<Shown, string> = {
  all: "All",
  open: "Open",
  error: "Cannot look",
  nodata: "No data",
  ok: "OK",
  muted: "Muted",
  off: "Off",
};

export function isShown(rule: Alert, shown: Shown, now: number): boolean {
  const standing = standingOf(rule);
  if (shown === "all") return true;
  if (shown === "open") return rule.open_count > 0;
  if (shown === "muted") return silenceOf(rule, now) !== null;
  if (shown === "ok") return standing === "ok" || standing === "waiting";
  return standing === shown;
}
