/** Where a page stood at each step of the browser's history, so that "back" finds it again. */

export interface Place {
  /** How far it was scrolled, in pixels. */
  top: number;
  /** The moment that its relative times meant. */
  now?: number;
  /** The index of the focused row. */
  focused?: number;
}

const MOST = 200;
const places = new Map<string, Place>();

/** The step of the history that is shown. */
function step(): string {
  const state: unknown = window.history.state;
  return (state as { __TSR_key?: string } | null)?.__TSR_key ?? "";
}

/** What was kept for this step; undefined when it is shown for the first time. */
export function keptPlace(): Place | undefined {
  return places.get(step());
}

export function keepPlace(change: Partial<Place>): void {
  const at = step();
  const before = places.get(at);
  places.delete(at);
  places.set(at, { top: 0, ...before, ...change });
  const [oldest] = places.keys();
  if (places.size > MOST && oldest !== undefined) places.delete(oldest);
}
