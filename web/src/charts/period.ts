/** Time ranges in milliseconds since 1970: the one before, its name, and the interval that suits a chart. */

export interface Period {
  from: number;
  to: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The intervals a chart may use, in the spelling of `POST /metrics/query`. */
const INTERVALS: readonly (readonly [string, number])[] = [
  ["1m", MINUTE],
  ["5m", 5 * MINUTE],
  ["10m", 10 * MINUTE],
  ["30m", 30 * MINUTE],
  ["1h", HOUR],
  ["2h", 2 * HOUR],
  ["6h", 6 * HOUR],
  ["12h", 12 * HOUR],
  ["1d", DAY],
  ["7d", 7 * DAY],
];

export interface Interval {
  /** As the API spells it: "2h". */
  name: string;
  ms: number;
}

/** The finest interval that gives at most `most` points. */
export function intervalFor(period: Period, most = 90): Interval {
  const span = period.to - period.from;
  const fit = INTERVALS.find(([, ms]) => span / ms <= most) ?? INTERVALS[INTERVALS.length - 1];
  const [name, ms] = fit as readonly [string, number];
  return { name, ms };
}

/** The equally long period that ends where this one begins. */
export function before(period: Period): Period {
  return { from: period.from - (period.to - period.from), to: period.from };
}

/**
 * The period whose buckets lie a whole number of intervals before this one's, so that the two can
 * be drawn over each other bucket by bucket.
 */
export function shifted(period: Period, interval: Interval): Period & { shift: number } {
  const shift = Math.ceil((period.to - period.from) / interval.ms) * interval.ms;
  return { from: period.from - shift, to: period.to - shift, shift };
}

/** Starts of all intervals that touch the period, as the server's epoch-aligned buckets. */
export function buckets(period: Period, interval: Interval): number[] {
  const starts: number[] = [];
  for (
    let at = Math.floor(period.from / interval.ms) * interval.ms;
    at < period.to;
    at += interval.ms
  ) {
    starts.push(at);
  }
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
