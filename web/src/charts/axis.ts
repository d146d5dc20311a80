/** Axes that hold all intervals of a group. */

import { niceStep } from "./ticks";

export interface Span {
  value: number;
  low: number | null;
  high: number | null;
}

export interface Axis {
  from: number;
  to: number;
  ticks: number[];
}

/** The axis with zero in its middle that these spans fit on; those of no extent have one too. */
export function zeroAxis(spans: readonly Span[]): Axis {
  const most = Math.max(
    0,
    ...spans.flatMap(({ value, low, high }) =>
      [value, low ?? 0, high ?? 0].map(Math.abs).filter(Number.isFinite),
    ),
  );
  const step = niceStep(most / 2 || 0.5);
  const ticks = [-2, -1, 0, 1, 2].map((n) => n * step);
  return { from: -2 * step, to: 2 * step, ticks };
}

/** Where a value stands on an axis, in percent from its left end; beyond the ends, at the end. */
export function placeOn({ from, to }: Axis, value: number): number {
  const share = (value - from) / (to - from);
  return Math.round(Math.min(Math.max(share, 0), 1) * 10_000) / 100;
}
