/** The time range of a page: relative to now, or between two instants. */

import type { Search } from "./address";
import { clock, day, span } from "./format";

export const RELATIVE = ["15m", "1h", "4h", "24h", "7d", "30d", "90d", "all"] as const;
export type Relative = (typeof RELATIVE)[number];

export type TimeRange =
  | { kind: "relative"; span: Relative }
  | { kind: "absolute"; from: string; to: string };

export const DEFAULT_RANGE: TimeRange = { kind: "relative", span: "24h" };

/** Between two moments in milliseconds since 1970, as a chart's ends are. */
export function absolute(from: number, to: number): TimeRange {
  return { kind: "absolute", from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

const MINUTE = 60_000;
const LENGTHS: Record<Exclude<Relative, "all">, number> = {
  "15m": 15 * MINUTE,
  "1h": 60 * MINUTE,
  "4h": 240 * MINUTE,
  "24h": 1440 * MINUTE,
  "7d": 7 * 1440 * MINUTE,
  "30d": 30 * 1440 * MINUTE,
  "90d": 90 * 1440 * MINUTE,
};

const NAMES: Record<Relative, string> = {
  "15m": "Last 15 minutes",
  "1h": "Last hour",
  "4h": "Last 4 hours",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  all: "All time",
};

function instant(text: string | undefined): string | null {
  if (!text) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** The range in an address; what cannot be read is the last 24 hours. */
export function readRange(search: Search): TimeRange {
  const from = instant(search.from);
  const to = instant(search.to);
  if (from && to && from < to) return { kind: "absolute", from, to };
  const relative = RELATIVE.find((one) => one === search.range);
  return relative ? { kind: "relative", span: relative } : DEFAULT_RANGE;
}

/** How a range stands in an address; the default leaves no trace there. */
export function writeRange(range: TimeRange): Search {
  if (range.kind === "absolute") return { from: range.from, to: range.to, range: undefined };
  const relative = range.span === "24h" ? undefined : range.span;
  return { from: undefined, to: undefined, range: relative };
}

export interface Bounds {
  from?: string;
  to?: string;
}

/**
 * The instants to ask the server for. A relative range begins on a whole minute, so that the same
 * question within a minute is the same key of the cache, and has no end.
 */
export function boundsOf(range: TimeRange, now: number = Date.now()): Bounds {
  if (range.kind === "absolute") return { from: range.from, to: range.to };
  if (range.span === "all") return {};
  const from = Math.floor((now - LENGTHS[range.span]) / MINUTE) * MINUTE;
  return { from: new Date(from).toISOString() };
}

/** The same with an end, and with `null` where a range has no beginning. */
export function closedBounds(
  range: TimeRange,
  now: number = Date.now(),
): { from: string | null; to: string } {
  const { from, to } = boundsOf(range, now);
  const end = to ?? new Date(Math.ceil(now / MINUTE) * MINUTE).toISOString();
  return { from: from ?? null, to: end };
}

/** The range of the same length just before this one; nothing precedes all time. */
export function periodBefore(range: TimeRange, now: number = Date.now()): Required<Bounds> | null {
  const { from, to } = closedBounds(range, now);
  if (!from) return null;
  const start = Date.parse(from);
  const length = Date.parse(to) - start;
  return { from: new Date(start - length).toISOString(), to: from };
}

export function rangeName(range: TimeRange): string {
  return range.kind === "relative" ? NAMES[range.span] : span(range.from, range.to);
}

/** The same where there is little room: `24 h`, `09:15 – 10:45`. */
export function shortName(range: TimeRange): string {
  if (range.kind === "relative")
    return range.span === "all"
      ? "All time"
      : range.span.replace(/(\d+)/, "$1 ").replace(/m$/, "min");
  const sameDay = new Date(range.from).toDateString() === new Date(range.to).toDateString();
  return sameDay
    ? `${clock(range.from, false)} – ${clock(range.to, false)}`
    : `${day(range.from)} – ${day(range.to)}`;
}

/** `2h`, `90m`, `3d` typed into the range field, as a range ending now. */
export function typedRange(text: string, now: number = Date.now()): TimeRange | null {
  const match = /^\s*(\d+)\s*(m|min|h|d|w)\s*$/.exec(text);
  if (!match) return null;
  const unit = { m: 1, min: 1, h: 60, d: 1440, w: 10_080 }[
    match[2] as "m" | "min" | "h" | "d" | "w"
  ];
  const length = Number(match[1]) * unit * MINUTE;
  if (length === 0) return null;
  const known = (Object.entries(LENGTHS) as [Relative, number][]).find(([, ms]) => ms === length);
  if (known) return { kind: "relative", span: known[0] };
  return {
    kind: "absolute",
    from: new Date(now - length).toISOString(),
    to: new Date(now).toISOString(),
  };
}

/** Round intervals, as the server reads them. */
export const INTERVALS: readonly { name: string; ms: number }[] = [
  { name: "1s", ms: 1000 },
  { name: "5s", ms: 5000 },
  { name: "10s", ms: 10_000 },
  { name: "30s", ms: 30_000 },
  { name: "1m", ms: MINUTE },
  { name: "5m", ms: 5 * MINUTE },
  { name: "10m", ms: 10 * MINUTE },
  { name: "15m", ms: 15 * MINUTE },
  { name: "30m", ms: 30 * MINUTE },
  { name: "1h", ms: 60 * MINUTE },
  { name: "2h", ms: 120 * MINUTE },
  { name: "6h", ms: 360 * MINUTE },
  { name: "12h", ms: 720 * MINUTE },
  { name: "1d", ms: 1440 * MINUTE },
  { name: "7d", ms: 10_080 * MINUTE },
];

/** The round interval that cuts the range into about `wanted` bars. */
export function intervalFor(
  fromMs: number,
  toMs: number,
  wanted = 96,
): { name: string; ms: number } {
  const least = (toMs - fromMs) / (wanted * 1.25);
  return (
    INTERVALS.find(({ ms }) => ms >= least) ?? (INTERVALS.at(-1) as { name: string; ms: number })
  );
}
