import { useState } from "react";
import { keptPlace } from "../../place";
import type { Row } from "./rows";

interface Focused {
  index: number;
  /** Unknown until the row at the index is there. */
  id?: string;
}

/** The index of the focused row, -1 for none; it goes with its row when others arrive above it. */
export function useFocusedRow(rows: readonly Row[]): [number, (index: number) => void] {
  const [focused, setFocused] = useState<Focused>(() => ({ index: keptPlace()?.focused ?? -1 }));
  const { index, id } = focused;
  const at = rows[index]?.id;
  if (id === undefined && at !== undefined) setFocused({ index, id: at });
  else if (id !== undefined && at !== id) {
    const now = rows.findIndex((row) => row.id === id);
    if (now >= 0) setFocused({ index: now, id });
    else if (at !== undefined) setFocused({ index, id: at });
  }
  return [index, (next) => setFocused({ index: next, id: rows[next]?.id })];
}
