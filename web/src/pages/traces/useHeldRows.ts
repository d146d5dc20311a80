import { type RefObject, useLayoutEffect, useRef } from "react";
import type { Row } from "./rows";

/** While `held`, rows that arrive above do not move what is read; at the top they are shown. */
export function useHeldRows(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  height: number,
  held: boolean,
): void {
  const shown = useRef(rows);
  useLayoutEffect(() => {
    const before = shown.current;
    shown.current = rows;
    const element = scroller.current;
    if (!held || !element || element.scrollTop === 0) return;
    const first = Math.floor(element.scrollTop / height);
    const anchor = before[first]?.id;
    const now = anchor === undefined ? -1 : rows.findIndex((row) => row.id === anchor);
    if (now >= 0) element.scrollTop += (now - first) * height;
  }, [rows, height, held, scroller]);
}
