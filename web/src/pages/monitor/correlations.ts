/** How scores of the same traces go together, in words. */

import type { components } from "../../api/openapi";
import type { Axis } from "../../charts/axis";

type Schemas = components["schemas"];
export type Correlation = Schemas["CorrelationOut"];
export type Correlations = Schemas["CorrelationList"];

/** With fewer traces nothing is said to be clear. */
export const FEW = 10;
export const AXIS: Axis = { from: -1, to: 1, ticks: [-1, -0.5, 0, 0.5, 1] };

const KINDS: Record<Correlation["kind"], string> = {
  phi: "phi",
  point_biserial: "point-biserial",
  spearman: "Spearman",
};

export function kindName({ kind }: Correlation): string {
  return KINDS[kind];
}

/** "0.62", "−0.08" */
export function coefficientText(value: number | null): string {
  return value === null ? "–" : value.toFixed(2).replace("-", "−");
}

/** Who gives a score: "users", "evaluators", "users and evaluators". */
export function giversOf({ sources }: Correlation["first"]): string {
  const people = sources.includes("end_user") ? ["users"] : [];
  const reviewers = sources.includes("human") ? ["people"] : [];
  const programs = sources.some((one) => one === "judge" || one === "code") ? ["evaluators"] : [];
  return [...people, ...reviewers, ...programs].join(" and ");
}

/** What the data say, and no more than that. */
export function verdictOf({ n, coefficient, is_clear }: Correlation): string {
  if (coefficient === null) return n < 4 ? "too few to tell" : "one is always the same";
  if (n < FEW) return "too few to tell";
  if (!is_clear) return "not clear";
  return coefficient > 0 ? "go together" : "go against each other";
}

/** What stands below the pairs: how far the intervals go, and what is not among them. */
export function notesOf({ items, left_out, traces, truncated }: Correlations): string[] {
  const notes = [
    "Intervals are of 95 %, each by itself: of 20 pairs that have nothing to do with each other, one leaves out zero by chance.",
  ];
  if (items.length === 0) notes.length = 0;
  if (truncated) notes.push(`Of the ${traces.toLocaleString("en-US")} traces scored last.`);
  const named = (why: "labels" | "rare") =>
    left_out.filter((one) => one.why === why).map(({ name }) => name);
  const labels = named("labels");
  const rare = named("rare");
  if (labels.length > 0) notes.push(`Without numbers, and left out: ${labels.join(", ")}.`);
  if (rare.length > 0) notes.push(`On fewer traces, and left out: ${rare.join(", ")}.`);
  return notes;
}
