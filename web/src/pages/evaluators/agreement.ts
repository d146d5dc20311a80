/** How often an evaluator says what people said of the same span. */

interface Said {
  trace_id: string | null;
  span_id: string | null;
  value: number | null;
  label: string | null;
}

export interface Agreement {
  /** Spans that both scored. */
  both: number;
  same: number;
}

/** The 95 % interval of a share (Wilson's: it holds for few, and near 0 and 1). */
export function rangeOf({ both, same }: Agreement): [low: number, high: number] {
  const z = 1.96;
  const share = same / both;
  const whole = 1 + z ** 2 / both;
  const middle = (share + z ** 2 / (2 * both)) / whole;
  const half = (z / whole) * Math.sqrt((share * (1 - share)) / both + z ** 2 / (4 * both ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Counted over the verdicts that people scored too, by the same name. */
export function agreementOf(verdicts: readonly Said[], people: readonly Said[]): Agreement {
  const theirs = new Map(people.map((one) => [placeOf(one), one]));
  const pairs = verdicts.flatMap((verdict) => {
    const person = theirs.get(placeOf(verdict));
    return person && isSaid(person) && isSaid(verdict) ? [{ verdict, person }] : [];
  });
  return {
    both: pairs.length,
    same: pairs.filter(({ verdict, person }) => agrees(verdict, person)).length,
  };
}

function placeOf({ trace_id, span_id }: Said): string {
  return `${trace_id} ${span_id ?? ""}`;
}

function isSaid({ value, label }: Said): boolean {
  return value !== null || Boolean(label);
}

/** The same side of one half; labels decide where one has no number. */
function agrees(a: Said, b: Said): boolean {
  if (a.value !== null && b.value !== null) return a.value >= 0.5 === b.value >= 0.5;
  return a.label !== null && a.label === b.label;
}
