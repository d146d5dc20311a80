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
