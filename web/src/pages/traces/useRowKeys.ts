import { useKeys } from "../../keys";
import type { Row } from "./rows";

interface Options {
  rows: readonly Row[];
  focused: number;
  peeked: Row | null;
  anyTicked: boolean;
  setFocused: (index: number) => void;
  open: (row: Row) => void;
  peek: (row: Row | null) => void;
  tick: (index: number) => void;
  untick: () => void;
}

const SCREEN = 16;

/** The keys of the table: move, glance, open, select. */
export function useRowKeys(options: Options): void {
  const { rows, focused, peeked } = options;

  function move(by: number) {
    to(Math.max(0, focused) + (focused < 0 ? 0 : by));
  }

  function to(index: number) {
    const next = Math.min(rows.length - 1, Math.max(0, index));
    options.setFocused(next);
    const row = rows[next];
    if (peeked && row) options.peek(row);
  }

  function back() {
    if (peeked) options.peek(null);
    else if (options.anyTicked) options.untick();
    else options.setFocused(-1);
  }

  const row = rows[focused];
  useKeys("Table", [
    { key: "j", what: "Next row", run: () => move(1) },
    { key: "k", what: "Row before", run: () => move(-1) },
    { key: "ArrowDown", what: "Next row", silent: true, run: () => move(1) },
    { key: "ArrowUp", what: "Row before", silent: true, run: () => move(-1) },
    { key: "PageDown", what: "A screen down", run: () => move(SCREEN) },
    { key: "PageUp", what: "A screen up", run: () => move(-SCREEN) },
    { key: "Home", what: "First row", run: () => to(0) },
    { key: "End", what: "Last loaded row", run: () => to(rows.length - 1) },
    { key: " ", what: "Glance at the row", run: () => row && options.peek(peeked ? null : row) },
    { key: "Enter", what: "Open the row", run: () => row && options.open(row) },
    { key: "x", what: "Select the row", run: () => row && options.tick(focused) },
    { key: "Escape", what: "Close, or clear the selection", run: back },
  ]);
}
