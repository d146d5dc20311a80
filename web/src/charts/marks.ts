/** Moments that every chart over time is marked with: when a release or a prompt's version came. */

import type { LinkProps } from "@tanstack/react-router";
import { createContext } from "react";
import { time } from "../format";

export interface Mark {
  key: string;
  /** In milliseconds since 1970. */
  at: number;
  /** "Release 2.14.0", "Prompt answer, version 3" */
  name: string;
  /** To what was recorded of it. */
  link: LinkProps;
}

/** Those of the page, in order of time; where nobody gives any, charts have none. */
export const Marks = createContext<readonly Mark[]>([]);

/** Marks that stand so close that they have one handle. */
export interface Cluster {
  key: string;
  /** In pixels from the chart's left. */
  left: number;
  marks: readonly Mark[];
}

/** The marks of a time. */
export function marksWithin(marks: readonly Mark[], from: number, to: number): Mark[] {
  return marks.filter(({ at }) => at >= from && at < to);
}

/** Marks in order of time, those together that stand less than `least` pixels after the first. */
export function clustered(
  marks: readonly Mark[],
  leftOf: (at: number) => number,
  least: number,
): Cluster[] {
  const found: { key: string; left: number; marks: Mark[] }[] = [];
  for (const mark of marks) {
    const left = leftOf(mark.at);
    const last = found.at(-1);
    if (last && left - last.left < least) last.marks.push(mark);
    else found.push({ key: mark.key, left, marks: [mark] });
  }
  return found;
}

const SAID = 5;

/** The same for those who do not see them: "Marked: Release 2.14.0 at 20 Nov, 12:04." */
export function marksSentence(marks: readonly Mark[]): string {
  if (marks.length === 0) return "";
  const said = marks.slice(-SAID).map(({ name, at }) => `${name} at ${time(at, false)}`);
  const more = marks.length - said.length;
  return ` Marked: ${said.join("; ")}${more > 0 ? `; and ${more} earlier` : ""}.`;
}
