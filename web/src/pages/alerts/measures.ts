/** What a rule measures and where its bounds lie, in words. */
import type { Condition } from "../../api/alerts";
import type { Unit } from "../../charts/ticks";
import { inWords } from "../../charts/values";
import { duration, UNKNOWN } from "../../format";
import { USUAL } from "../monitor/dashboards/model";
import { measureName, unitOf as unitOfSpans } from "../monitor/dashboards/panelData";
import { intervalName } from "../monitor/intervals";

export type Scope = "traces" | "spans" | "sessions" | "hosts";

/** What is measured of machines; all but their number is a share. */
const OF_HOSTS: Record<string, string> = {
  cpu: "processor",
  memory: "memory",
  disk: "fullest disk",
  gpu: "GPU",
  gpu_memory: "GPU memory",
};

/** "p95 duration of spans" */
export function titleOf({ measure, scope }: { measure: string; scope: Scope }): string {
  return `${nameOf(measure)} of ${scope}`;
}

export function nameOf(measure: string): string {
  return OF_HOSTS[measure] ?? measureName(measure);
}

/** What a measure is measured in. */
export function unitOf(measure: string): Unit {
  return measure in OF_HOSTS ? "share" : unitOfSpans(measure);
}

/** What a form offers. */
export function usualOf(scope: Scope): readonly string[] {
  return scope === "hosts" ? [...Object.keys(OF_HOSTS), "count"] : USUAL[scope];
}

/** "15 min", "1 h" */
export function windowName(name: string): string {
  return intervalName({ name, ms: 0 });
}

const SIDES = { above: "above", below: "below", either: "off" };

/** "≥ 8.00 s", "25 % above usual", "10 m 00 s without data". */
export function boundText(condition: Condition, bound: number, unit: Unit): string {
  const { kind, direction } = condition;
  const sign = direction === "below" ? "≤" : "≥";
  if (kind === "threshold") return `${sign} ${exactly(bound, unit)}`;
  if (kind === "absence") return `${duration(bound * 60_000)} without data`;
  if (kind === "anomaly")
    return `${bound} ${bound === 1 ? "spread" : "spreads"} ${SIDES[direction]} usual`;
  if (condition.unit === "ratio") return `${sign} ${bound}× usual`;
  return `${bound} % ${SIDES[direction]} usual`;
}

/** A bound as it was given: of little money all digits, where a value would be "less than". */
function exactly(bound: number, unit: Unit): string {
  const isLittle = unit === "usd" && bound > 0 && bound < 0.0001;
  return isLittle ? `$${LITTLE.format(bound)}` : inWords(bound, unit);
}
const LITTLE = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });

/** Both bounds, the worse one first. */
export function boundsText(condition: Condition, unit: Unit): string {
  const parts = (["alert", "warn"] as const).flatMap((level) => {
    const bound = condition[level]?.bound;
    return bound === undefined ? [] : [`${level} ${boundText(condition, bound, unit)}`];
  });
  return parts.join(", ");
}

/** What was read last: a value, or of an absence how long there has been nothing. */
export function readingText(
  condition: Condition,
  reading: { value: number | null; figure: number | null } | undefined,
  unit: Unit,
): string {
  if (!reading) return UNKNOWN;
  if (condition.kind === "absence")
    return reading.figure ? duration(reading.figure * 60_000) : UNKNOWN;
  return inWords(reading.value, unit);
}
