const keys = new WeakMap<object, number>();
let last = 0;

/** A key to draw something by that has no id of its own: always the same for the same object. */
export function keyOf(one: object): number {
  const known = keys.get(one);
  if (known !== undefined) return known;
  last += 1;
  keys.set(one, last);
  return last;
}

/** The list with one of its objects changed, which is still drawn by the key that it had. */
export function changedAt<T extends object>(
  list: readonly T[],
  at: number,
  change: Partial<T>,
): T[] {
  return list.map((one, n) => {
    if (n !== at) return one;
    const changed = { ...one, ...change };
    keys.set(changed, keyOf(one));
    return changed;
  });
}
