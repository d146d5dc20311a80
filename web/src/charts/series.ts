/** What a chart draws. */

import type { Mark } from "./marks";
import type { Interval } from "./period";
import type { Unit } from "./ticks";

export interface ChartSeries {
  key: string;
  label: string;
  /** A token without its dashes: "s1", "err-fill". */
  token: string;
  /** One value per bucket; null is a gap. */
  values: readonly (number | null)[];
  /** The same buckets of the period before, drawn dashed. */
  before?: readonly (number | null)[];
  /** With a faint ground below the line. */
  filled?: boolean;
  /** A bound, and nothing that was measured. */
  dashed?: boolean;
}

/** A time that the ground of a chart marks, in milliseconds since 1970. */
export interface Shade {
  from: number;
  to: number;
  token: string;
}

export interface ChartData {
  /** Starts of the buckets, in milliseconds since 1970. */
  starts: readonly number[];
  interval: Interval;
  unit: Unit;
  /** Bars, the first series at the bottom, instead of lines. */
  stacked?: boolean;
  /** Bars next to each other. */
  beside?: boolean;
  /** A heat map: each series is a row, the first at the bottom; here what stands at their lower edges. */
  heat?: readonly string[];
  series: readonly ChartSeries[];
  /** What the dashed line is: "the 7 days before". */
  beforeLabel?: string;
  shades?: readonly Shade[];
  /** Moments with a dashed line from top to bottom. */
  marks?: readonly Mark[];
}

const LEGEND = { names: 3, letters: 38 };

/** How many of these names a legend has room for: the first at least. */
export function namesInLegend(names: readonly string[]): number {
  let letters = 0;
  const fits = names.slice(0, LEGEND.names).filter((name) => {
    letters += name.length;
    return letters <= LEGEND.letters;
  });
  return Math.max(1, fits.length);
}

/** One sentence for those who do not see the chart: range, then each series' last known value. */
export function sentenceOf(
  title: string,
  { series }: ChartData,
  range: string,
  words: (value: number) => string,
): string {
  const last = series.map(({ label, values }) => {
    const known = values.findLast((value) => value !== null);
    return `${label} ${known == null ? "unknown" : words(known)}`;
  });
  return `${title}, ${range}. Last: ${last.join(", ")}.`;
}
