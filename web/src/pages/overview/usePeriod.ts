import { useEffect, useState } from "react";
import { useAddress } from "../../address";
import { periodBeforeInWords } from "../../charts/period";
import { closedBounds, periodBefore, readRange, type TimeRange, writeRange } from "../../timeRange";
import type { Span } from "./questions";

const MINUTE = 60_000;

export interface PeriodOfPage {
  range: TimeRange;
  choose: (range: TimeRange) => void;
  /** From null is "since the beginning". */
  now: Span;
  /** Null for all time. */
  earlier: (Span & { from: string }) | null;
  /** "the 7 days before"; empty for all time. */
  against: string;
}

/** The page's time range as instants, moved on every minute while it is relative to now. */
export function usePeriod(): PeriodOfPage {
  const [search, change] = useAddress();
  const minute = useMinute();
  const range = readRange(search);
  const now = closedBounds(range, minute);
  const earlier = periodBefore(range, minute);
  return {
    range,
    choose: (next) => change(writeRange(next)),
    now,
    earlier,
    against: now.from
      ? periodBeforeInWords({ from: Date.parse(now.from), to: Date.parse(now.to) })
      : "",
  };
}

/** The present, a minute at a time. */
function useMinute(): number {
  const [minute, setMinute] = useState(() => Math.floor(Date.now() / MINUTE));
  useEffect(() => {
    const timer = setInterval(() => setMinute(Math.floor(Date.now() / MINUTE)), 5000);
    return () => clearInterval(timer);
  }, []);
  return minute * MINUTE;
}
