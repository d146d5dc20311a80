import { useState } from "react";
import type { Search } from "../../address";
import { fitting, type KeptColumns, keepColumns, keptColumns } from "./columnMemory";
import { defaultColumns } from "./columns";
import type { Scope, TableState } from "./state";

export interface Columns {
  shown: string[];
  pinned: string[];
  widths: Record<string, number>;
  /** Null goes back to the usual columns and widths. */
  choose: (shown: string[] | null, pinned?: string[]) => void;
  /** Null goes back to the usual width. */
  resize: (id: string, width: number | null) => void;
  /** What a saved view should hold: the address, with the columns that it leaves to the browser. */
  search: Search;
}

/** The columns of the table: the address says which, else a view, else what was last chosen here. */
export function useColumns(
  state: TableState,
  search: Search,
  scores: readonly string[],
  change: (patch: Search) => void,
): Columns {
  const { scope } = state;
  const [byScope, setByScope] = useState<Partial<Record<Scope, KeptColumns>>>({});
  const kept = byScope[scope] ?? keptColumns(scope);
  const mine = state.columns || state.view ? null : kept.columns;
  const pinned = mine ? kept.pinned : state.pinned;

  function keep(next: KeptColumns) {
    setByScope({ ...byScope, [scope]: next });
    keepColumns(scope, next);
  }

  return {
    shown: state.columns ?? mine ?? defaultColumns(scope, scores),
    pinned,
    widths: kept.widths,
    choose: (shown, nextPinned) => {
      const pins = nextPinned ?? pinned;
      keep({ columns: shown, pinned: pins, widths: shown ? kept.widths : {} });
      change({ cols: shown?.join(",") || undefined, pin: pins.join(",") || undefined });
    },
    resize: (id, width) => {
      const { [id]: _, ...others } = kept.widths;
      const widths = width === null ? others : { ...others, [id]: fitting(width) };
      keep({ ...kept, widths });
    },
    search: mine ? { ...search, cols: mine.join(","), pin: pinned.join(",") || undefined } : search,
  };
}
