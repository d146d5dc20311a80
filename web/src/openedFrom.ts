/** The list a detail page was opened from, so that it can go to the row before and after. */

export interface OpenedFrom {
  project: string;
  /** Trace ids in the order of the list, as far as it was loaded. */
  ids: readonly string[];
  /** How many the whole list has, when known. */
  total: number | null;
  /** The address of the list. */
  href: string;
}

const PLACE = "pilothouse-opened-from";

export function rememberList(list: OpenedFrom): void {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify({ ...list, ids: list.ids.slice(0, 2000) }));
  } catch {
    // without storage the detail page has no neighbours, which it can live with
  }
}

export function openedFrom(project: string): OpenedFrom | null {
  try {
    const list = JSON.parse(sessionStorage.getItem(PLACE) ?? "null") as OpenedFrom | null;
    return list?.project === project ? list : null;
  } catch {
    return null;
  }
}

export interface Neighbours {
  /** Counted from 1. */
  position: number;
  total: number;
  before: string | null;
  after: string | null;
}

/** Where a trace stands in the list it was opened from; null when it is not in it. */
export function neighboursOf(list: OpenedFrom | null, traceId: string): Neighbours | null {
  const at = list?.ids.indexOf(traceId) ?? -1;
  if (!list || at < 0) return null;
  return {
    position: at + 1,
    total: list.total ?? list.ids.length,
    before: list.ids[at - 1] ?? null,
    after: list.ids[at + 1] ?? null,
  };
}
