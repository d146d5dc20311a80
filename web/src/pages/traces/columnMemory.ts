/** The columns that this browser last chose for a scope: which, in what order, how wide. */

import type { Scope } from "./state";

export interface KeptColumns {
  /** Null as long as nobody chose. */
  columns: string[] | null;
  pinned: string[];
  /** Pixels by column; what is absent has the usual width. */
  widths: Record<string, number>;
}

export const NARROWEST = 40;
export const WIDEST = 1200;

const NOTHING: KeptColumns = { columns: null, pinned: [], widths: {} };

const placeOf = (scope: Scope) => `pilothouse-columns-${scope}`;

export function keptColumns(scope: Scope): KeptColumns {
  try {
    return columnsIn(localStorage.getItem(placeOf(scope)));
  } catch {
    return NOTHING; // private windows may refuse
  }
}

export function keepColumns(scope: Scope, kept: KeptColumns): void {
  try {
    localStorage.setItem(placeOf(scope), JSON.stringify(kept));
  } catch {
    // private windows may refuse: the choice then holds until the page is left
  }
}

/** What a stored text says, as far as it can be understood. */
export function columnsIn(text: string | null): KeptColumns {
  let read: Partial<Record<keyof KeptColumns, unknown>> | null = null;
  try {
    read = JSON.parse(text ?? "null");
  } catch {
    return NOTHING;
  }
  if (typeof read !== "object" || read === null) return NOTHING;
  const widths = Object.entries(read.widths ?? {}).filter(([, width]) => Number.isFinite(width));
  return {
    columns: Array.isArray(read.columns) && read.columns.length > 0 ? words(read.columns) : null,
    pinned: Array.isArray(read.pinned) ? words(read.pinned) : [],
    widths: Object.fromEntries(widths.map(([id, width]) => [id, fitting(width as number)])),
  };
}

function words(list: unknown[]): string[] {
  return list.filter((one) => typeof one === "string");
}

/** A width that can still be seen and grasped. */
export function fitting(width: number): number {
  return Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)));
}
