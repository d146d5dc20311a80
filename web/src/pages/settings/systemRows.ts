/** The history of the server, as one line each figure. */

import type { HealthSample } from "../../api/types";
import { bytes, count, duration, percent } from "../../format";

type Values = readonly (number | null)[];

export interface FigureRow {
  label: string;
  values: Values;
  now: string;
  /** Of all samples: their highest, their lowest or their sum, whichever is of interest. */
  extreme: string;
}

interface Figure {
  label: string;
  of: (sample: HealthSample) => number | null;
  words: (value: number | null) => string;
  extreme: "highest" | "lowest" | "sum";
}

const FIGURES: readonly Figure[] = [
  { label: "Spans a second", of: (s) => s.spans_per_s, words: rate, extreme: "highest" },
  {
    label: "Turned away",
    of: (s) => s.rejected + s.refused,
    words: count,
    extreme: "sum",
  },
  { label: "Waiting for the store", of: (s) => s.queue_bytes, words: bytes, extreme: "highest" },
  { label: "Lag", of: (s) => s.lag_s * 1000, words: duration, extreme: "highest" },
  { label: "A commit", of: (s) => s.commit_ms, words: duration, extreme: "highest" },
  { label: "A read of the store", of: (s) => s.read_ms, words: duration, extreme: "highest" },
  { label: "Processor", of: (s) => s.cpu, words: cores, extreme: "highest" },
  { label: "Memory", of: (s) => s.memory_bytes, words: bytes, extreme: "highest" },
  { label: "Disk free", of: (s) => s.disk_free_bytes, words: bytes, extreme: "lowest" },
];

/** One row a figure; `width` is how many points a line may have. */
export function figureRows(samples: readonly HealthSample[], width = 120): FigureRow[] {
  return FIGURES.map(({ label, of, words, extreme }) => {
    const values = samples.map(of);
    return {
      label,
      values: thinned(values, width),
      now: words(values.at(-1) ?? null),
      extreme: `${words(EXTREMES[extreme](known(values)))} ${extreme === "sum" ? "in all" : extreme}`,
    };
  });
}

const EXTREMES = {
  highest: (values: readonly number[]) => (values.length > 0 ? Math.max(...values) : null),
  lowest: (values: readonly number[]) => (values.length > 0 ? Math.min(...values) : null),
  sum: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0),
};

function known(values: Values): number[] {
  return values.filter((value) => value !== null);
}

/** At most `width` values: each the highest of as many samples, so that no peak is lost. */
export function thinned(values: Values, width: number): Values {
  const size = Math.ceil(values.length / width);
  if (size <= 1) return values;
  const found: (number | null)[] = [];
  for (let at = 0; at < values.length; at += size) {
    found.push(EXTREMES.highest(known(values.slice(at, at + size))));
  }
  return found;
}

/** `0.2`, `12`, `1,204`. */
export function rate(perSecond: number | null): string {
  return perSecond !== null && perSecond > 0 && perSecond < 10
    ? perSecond.toFixed(1)
    : count(perSecond);
}

/** Share of one core: `12 %`, `140 %`. */
function cores(used: number | null): string {
  return percent(used, 0);
}
