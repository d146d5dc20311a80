/** Answers of `POST /metrics/query` as columns of a chart: one value a bucket, gaps told apart from zero. */

export interface MetricPoint {
  time?: string | null;
  [measure: string]: unknown;
}

/** One value per bucket; where the answer has no point: 0 for amounts, null (a gap) for the rest. */
export function column(
  points: readonly MetricPoint[],
  measure: string,
  starts: readonly number[],
  absent: 0 | null,
): (number | null)[] {
  const byTime = new Map<number, number | null>();
  for (const point of points) {
    if (typeof point.time === "string")
      byTime.set(Date.parse(point.time), numberOf(point[measure]));
  }
  return starts.map((start) => (byTime.has(start) ? (byTime.get(start) ?? null) : absent));
}

/** The one value of an answer without interval, or null. */
export function single(points: readonly MetricPoint[], measure: string): number | null {
  return points.length === 0 ? null : numberOf(points[0]?.[measure]);
}

/** a ÷ b bucket by bucket; unknown where b is nothing. */
export function ratio(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
): (number | null)[] {
  return a.map((value, n) => {
    const of = b[n];
    return value === null || of == null || of === 0 ? null : value / of;
  });
}

/** Values of whole buckets: one that has not ended yet would show as a fall that never happened. */
export function untilNow(
  values: readonly (number | null)[],
  starts: readonly number[],
  bucketMs: number,
  now: number,
): (number | null)[] {
  return values.map((value, n) => ((starts[n] ?? 0) + bucketMs > now ? null : value));
}

export function largest(columns: readonly (readonly (number | null)[])[]): number {
  let max = 0;
  for (const values of columns)
    for (const value of values) if (value !== null && value > max) max = value;
  return max;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
