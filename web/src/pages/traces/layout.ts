import type { CSSProperties } from "react";
import type { Column } from "./columns";

export interface Layout {
  /** `grid-template-columns` of every row. */
  template: string;
  minWidth: number;
  /** Pixels of each column; what grows takes at least that. */
  widths: Map<string, number>;
  /** Where pinned cells stick. */
  pins: Map<string, CSSProperties>;
}

export const TICK_WIDTH = 38;
const RIGHT_PADDING = 12;
/** What a growing column takes when it is pinned and may not grow. */
const PINNED_WIDTH = 200;

/** The widths of a row: what grows shares the rest, pinned and chosen ones keep their width. */
export function layoutOf(
  columns: readonly Column[],
  pinned: ReadonlySet<string>,
  widths: Readonly<Record<string, number>> = {},
): Layout {
  const pins = new Map<string, CSSProperties>();
  const taken = new Map<string, number>();
  let left = TICK_WIDTH;
  let minWidth = TICK_WIDTH + RIGHT_PADDING;
  const isFixed = ({ id }: Column) => pinned.has(id) || widths[id] !== undefined;
  const grows = columns.some((column) => column.grow && !isFixed(column));
  const parts = columns.map((column) => {
    const fixed = isFixed(column);
    const width = widths[column.id] ?? (fixed && column.grow ? PINNED_WIDTH : column.width);
    if (pinned.has(column.id)) {
      pins.set(column.id, { position: "sticky", left });
      left += width;
    }
    taken.set(column.id, width);
    minWidth += width;
    return column.grow && !fixed ? `minmax(${width}px, ${column.grow}fr)` : `${width}px`;
  });
  const filler = grows ? "" : " 1fr";
  return {
    template: `${TICK_WIDTH}px ${parts.join(" ")}${filler} ${RIGHT_PADDING}px`,
    minWidth,
    widths: taken,
    pins,
  };
}

/** The order of the columns after `moved` was dropped on `target`. */
export function reordered(columns: readonly string[], moved: string, target: string): string[] {
  const from = columns.indexOf(moved);
  const to = columns.indexOf(target);
  if (from < 0 || to < 0 || from === to) return [...columns];
  const rest = columns.filter((id) => id !== moved);
  rest.splice(to, 0, moved);
  return rest;
}
