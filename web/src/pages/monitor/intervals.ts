/** Into how long pieces the charts cut the time. */

import type { Interval } from "../../charts/period";
import { INTERVALS, intervalFor } from "../../timeRange";

const BARS = 72;
const MOST = 750;

/** The intervals that cut a time into a few up to several hundred pieces. */
export function intervalsFor(from: number, to: number): Interval[] {
  return INTERVALS.filter(({ ms }) => (to - from) / ms <= MOST && (to - from) / ms >= 2);
}

/** The one that an address names, if it suits the time, else one that suits it best. */
export function readInterval(text: string | undefined, from: number, to: number): Interval {
  return intervalsFor(from, to).find(({ name }) => name === text) ?? intervalFor(from, to, BARS);
}

/** "2 h", "15 min" */
export function intervalName({ name }: Interval): string {
  return name.replace(/(\d+)/, "$1 ").replace(/m$/, "min");
}
