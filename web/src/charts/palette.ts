/** Colours of models, tools and other names: the same for a name on every page. */

/** As many series as a chart tells apart; all others share one more. */
export const MOST_SERIES = 7;
export const OTHER_TOKEN = "s8";

/** A token for each name, by its hash, moved on where a neighbour has it already. */
export function tokensOf(names: readonly string[]): string[] {
  const taken = new Set<number>();
  return names.map((name) => {
    let place = hashOf(name) % MOST_SERIES;
    while (taken.has(place) && taken.size < MOST_SERIES) place = (place + 1) % MOST_SERIES;
    taken.add(place);
    return `s${place + 1}`;
  });
}

/** FNV-1a, in 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
