/** Time ranges in milliseconds since 1970, cut into the server's buckets; and the name of the one before. */

import type { intervalFor } from "../timeRange";

export interface Period {
  from: number;
  to: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONDAY = 4 * DAY; // 1970 began on a Thursday

export type Interval = ReturnType<typeof intervalFor>;

/**
 * The period whose buckets lie a whole number of intervals before this one's, so that the two can
 * be drawn over each other bucket by bucket.
 */
export function shifted(period: Period, interval: Interval): Period & { shift: number } {
  const shift = Math.ceil((period.to - period.from) / interval.ms) * interval.ms;
  return { from: period.from - shift, to: period.to - shift, shift };
}

/** Starts of all intervals that touch the period, as the server cuts time: from 1970, weeks from Monday. */
export function buckets(period: Period, { ms }: Interval): number[] {
  const origin = ms % WEEK === 0 ? MONDAY : 0;
  const starts: number[] = [];
  let at = Math.floor((period.from - origin) / ms) * ms + origin;
  for (; at < period.to; at += ms) starts.push(at);
  return starts;
}

/** "the 7 days before", "the hour before": what a trend is against. */
export function periodBeforeInWords(period: Period): string {
  const span = period.to - period.from;
  if (span >= 2 * DAY) return `the ${Math.round(span / DAY)} days before`;
  if (Math.abs(span - DAY) < HOUR / 2) return "the 24 hours before";
  const hours = Math.round(span / HOUR);
  if (hours > 1) return `the ${hours} hours before`;
  const minutes = Math.round(span / MINUTE);
  if (minutes >= 60) return "the hour before";
  return minutes > 1 ? `the ${minutes} minutes before` : "the minute before";
}
