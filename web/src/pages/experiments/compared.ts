/** What separates two experiments, as the server measured it, and how it is said. */

import type { components } from "../../api/openapi";
import { score } from "../../format";
import { signed } from "./sides";

export type Statistics = Required<components["schemas"]["ComparisonStatistics"]>;
/** One score, or measure of the runs, in a candidate against a baseline. */
export type Separation = Required<components["schemas"]["MetricStatistics"]>;
export type Verdict = Separation["verdict"];

/** Whether its values are shares of one: their differences are said in points of a hundred. */
export function isShare({ baseline_mean: a, candidate_mean: b }: Separation): boolean {
  return a >= 0 && a <= 1 && b >= 0 && b <= 1;
}

/** A value in points where it is a share, else as it is. */
export function inUnits(metric: Separation, value: number): number {
  return isShare(metric) ? value * 100 : value;
}

/** How large a difference is: `4.1` (points), `0.21`. */
export function sizeText(metric: Separation, value: number): string {
  const size = Math.abs(inUnits(metric, value));
  return isShare(metric) ? size.toFixed(1) : size >= 100 ? size.toFixed(0) : size.toFixed(2);
}

export function differenceText(metric: Separation, value: number | null): string {
  return signed(value, (size) => sizeText(metric, size));
}

/** A mean as the column of its table has it: `78.1` of a hundred, or as it is. */
export function meanText(metric: Separation, value: number): string {
  return isShare(metric) ? (value * 100).toFixed(1) : score(value);
}

/** `+1.2 to +7.0`; a dash where one row has no interval. */
export function intervalText(metric: Separation): string {
  if (metric.low === null || metric.high === null) return "–";
  return `${differenceText(metric, metric.low)} to ${differenceText(metric, metric.high)}`;
}

/** `4.1 points`, `0.21` */
export function withUnit(metric: Separation, value: number): string {
  const size = sizeText(metric, value);
  return isShare(metric) ? `${size} ${size === "1.0" ? "point" : "points"}` : size;
}

/** `0.006`, `0.23`, `< 0.001` */
export function pText(p: number): string {
  if (p < 0.001) return "< 0.001";
  return p < 0.1 ? p.toFixed(3) : p.toFixed(2);
}

/** `p = 0.006`, `p < 0.001` */
export function pSaid(p: number): string {
  const text = pText(p);
  return text.startsWith("<") ? `p ${text}` : `p = ${text}`;
}

export type Tone = "good" | "bad" | "decided" | "open";

const TONES: Record<Verdict, Tone> = {
  better: "good",
  worse: "bad",
  different: "decided",
  undecided: "open",
};

export function toneOf(metric: Separation): Tone {
  return TONES[metric.verdict];
}

/** The scores, that one first which the experiment's owner named first. */
export function scoresFirst<T extends { name: string; kind: string }>(
  metrics: readonly T[],
  order: readonly string[],
): T[] {
  const place = (name: string) => {
    const at = order.indexOf(name);
    return at === -1 ? order.length : at;
  };
  return metrics
    .filter((metric) => metric.kind === "score")
    .toSorted((a, b) => place(a.name) - place(b.name));
}

/** What a test is called, written out. */
export function testName(test: string): string {
  return test
    .replaceAll("_", " ")
    .replace(/^mcnemar/i, "McNemar")
    .replace(/^wilcoxon/i, "Wilcoxon");
}

const CORRECTIONS: Record<string, string> = {
  holm: "Holm",
  bh: "Benjamini-Hochberg",
  "benjamini-hochberg": "Benjamini-Hochberg",
  bonferroni: "Bonferroni",
};

export function correctionName(correction: string): string {
  return CORRECTIONS[correction] ?? correction;
}
