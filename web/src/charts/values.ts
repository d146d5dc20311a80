/** Values of a chart in words, each kind in its own unit. */

import { compact, cost, count, duration, percent, score, UNKNOWN } from "../format";
import type { Unit } from "./ticks";

export function inWords(value: number | null | undefined, unit: Unit): string {
  if (unit === "ms") return duration(value);
  if (unit === "share") return percent(value);
  if (unit === "usd") return cost(value);
  if (unit === "tokens") return compact(value);
  if (unit === "score") return score(value);
  if (unit === "mean") return meanOf(value);
  if (unit === "speed") return value == null ? UNKNOWN : `${meanOf(value)} tok/s`;
  return count(value);
}

/** So many of what is counted whole: three figures. */
function meanOf(value: number | null | undefined): string {
  if (value == null || value >= 100) return compact(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** A figure and its unit apart, as a chart card sets them: large, then small. */
export function figureOf(
  value: number | null | undefined,
  unit: Unit,
): [figure: string, unit: string] {
  const words = inWords(value, unit);
  const parts = /^(.*?[\d–])\s+([^\d]+)$/.exec(words);
  return parts ? [parts[1] as string, parts[2] as string] : [words, ""];
}
