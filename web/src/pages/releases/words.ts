/** What releases, their stages and their figures are called. */
import type { Difference, Estimate, Release, ReleaseEvent, Verb } from "../../api/releases";
import { cost, costDigits, count, duration, percent, score, UNKNOWN } from "../../format";

export type Standing = Release["status"] | "ready";

export const STANDINGS: Record<Standing, string> = {
  running: "Running",
  paused: "Paused",
  ready: "Ready to promote",
  promoted: "Promoted",
  rolled_back: "Rolled back",
  stopped: "Stopped",
};

export const KINDS: Record<Release["kind"], string> = {
  ab: "A/B split",
  shadow: "Shadow",
  staged: "Staged",
};

export const VERBS: Record<Verb, string> = {
  advance: "Next stage",
  promote: "Promote",
  rollback: "Roll back",
  pause: "Pause",
  resume: "Resume",
  stop: "Stop",
};

export const ACTIONS: Record<ReleaseEvent["action"], string> = {
  created: "Began",
  advanced: "Next stage",
  promoted: "Promoted",
  rolled_back: "Rolled back",
  paused: "Paused",
  resumed: "Resumed",
  changed: "Changed",
  stopped: "Stopped",
};

export function standingOf(release: Release): Standing {
  const atWork = release.status === "running" || release.status === "paused";
  return atWork && release.figures?.is_ready ? "ready" : release.status;
}

/** What may be done with a release as it stands. */
export function verbsOf(release: Release): Verb[] {
  const { kind, status } = release;
  if (status === "promoted") return ["rollback"];
  if (status !== "running" && status !== "paused") return [];
  const hold: Verb = status === "running" ? "pause" : "resume";
  if (kind === "shadow") return [hold, "stop"];
  if (kind === "ab") return [hold, "stop", "promote"];
  const last = release.stage >= release.stages.length - 1;
  return last ? [hold, "rollback", "promote"] : [hold, "rollback", "advance", "promote"];
}

export function stageName(share: number | null): string {
  return share === null ? "Shadow" : percent(share, 0);
}

const METRICS: Record<string, string> = {
  errors: "Errors",
  latency: "Time to an answer",
  cost: "Cost of a call",
  tokens: "Tokens of a call",
};

export function metricName(metric: string): string {
  return METRICS[metric] ?? metric.replace(/^scores\./, "");
}

/** One end of a difference, in its unit. */
export function differenceText(difference: Difference, value: number): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (difference.is_ratio) return `${sign}${percent(size, size < 0.1 ? 1 : 0)}`;
  if (difference.metric === "errors") return `${sign}${(100 * size).toFixed(1)} pt`;
  return `${sign}${score(size)}`;
}

export const VERDICTS: Record<Difference["verdict"], string> = {
  better: "better",
  worse: "worse, within the margin",
  harmful: "worse by more than the margin",
  not_worse: "not worse",
  unknown: "may be chance",
  few: "too few yet",
};

/** How the whisker of a verdict is drawn. */
export function toneOf(verdict: Difference["verdict"]): "good" | "bad" | "decided" | "open" {
  if (verdict === "better") return "good";
  if (verdict === "worse" || verdict === "harmful") return "bad";
  return verdict === "not_worse" ? "decided" : "open";
}

type Unit = "ms" | "usd" | "share" | "count" | "score";
const SHOWN: Record<Unit, (value: number) => string> = {
  ms: (value) => duration(value),
  usd: (value) => cost(value, Math.abs(value) < 0.01 ? 6 : costDigits([value])),
  share: (value) => percent(value),
  count: (value) => count(Math.round(value)),
  score: (value) => score(value),
};

/** A figure and, in small, between which values it lies. */
export function estimateText(
  figure: Estimate | null | undefined,
  unit: Unit,
): { value: string; within: string | null } {
  if (!figure) return { value: UNKNOWN, within: null };
  const shown = SHOWN[unit];
  const value = shown(figure.estimate);
  if (figure.low === null || figure.high === null) return { value, within: null };
  const [low, high] = [shown(figure.low), shown(figure.high)];
  return { value, within: low === high ? null : `${low} – ${high}` };
}
