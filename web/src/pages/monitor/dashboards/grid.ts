/** Where panels stand: twelve columns, and rows that have no gaps above a panel. */

export interface Cell {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Placed {
  id: string;
  position: Cell;
}

export const COLUMNS = 12;
export const LEAST = { w: 2, h: 2 };
const MOST_ROWS = 40; // of one panel

/** The panels with one of them at a cell: those that it covers give way, and all fall up. */
export function placed<T extends Placed>(panels: readonly T[], id: string, to: Cell): T[] {
  const cell = within(to);
  return settled(
    panels.map((one) => (one.id === id ? { ...one, position: cell } : one)),
    id,
  );
}

/** The panels moved or resized by a step; downwards as far as it takes to change anything. */
export function nudged<T extends Placed>(
  panels: readonly T[],
  id: string,
  by: Partial<Cell>,
): readonly T[] {
  const before = cellOf(panels, id);
  if (!before) return panels;
  for (let n = 1; n <= lowest(panels) + 1; n += 1) {
    const { x = 0, y = 0, w = 0, h = 0 } = by;
    const to = { x: before.x + x, y: before.y + y * n, w: before.w + w, h: before.h + h };
    const next = placed(panels, id, to);
    const after = cellOf(next, id);
    if (after && !same(before, after)) return next;
    if (!y) break;
  }
  return panels;
}

/** The panels with one of them earlier or later in reading order: the order on a phone. */
export function reordered<T extends Placed>(panels: readonly T[], id: string, by: -1 | 1): T[] {
  const order = inOrder(panels);
  const at = order.findIndex((one) => one.id === id);
  const first = order[by < 0 ? at - 1 : at];
  const second = order[by < 0 ? at : at + 1];
  if (!first || !second) return [...panels];
  const a = first.position;
  const b = second.position;
  if (a.y !== b.y) return placed(panels, second.id, { ...b, y: a.y, x: b.x });
  const beside = { [second.id]: { ...b, x: a.x }, [first.id]: { ...a, x: a.x + b.w } };
  return settled(
    panels.map((one) => ({ ...one, position: within(beside[one.id] ?? one.position) })),
    second.id,
  );
}

/** Where a new panel stands: as far up as there is room, left before right. */
export function roomFor(panels: readonly Placed[], size: { w: number; h: number }): Cell {
  for (let y = 0; ; y += 1)
    for (let x = 0; x + size.w <= COLUMNS; x += 1) {
      const cell = { x, y, ...size };
      if (!panels.some(({ position }) => touches(position, cell))) return cell;
    }
}

export function inOrder<T extends Placed>(panels: readonly T[]): T[] {
  return panels.toSorted((a, b) => a.position.y - b.position.y || a.position.x - b.position.x || 0);
}

/** How many rows the panels take. */
export function lowest(panels: readonly Placed[]): number {
  return Math.max(0, ...panels.map(({ position }) => position.y + position.h));
}

/** "column 4, row 1, 6 wide, 4 high": told to those who do not see it move. */
export function placeInWords({ x, y, w, h }: Cell): string {
  return `column ${x + 1}, row ${y + 1}, ${w} wide, ${h} high`;
}

/** All as far up as they can be, in reading order; of those at one height the moved one is first. */
export function settled<T extends Placed>(panels: readonly T[], moved?: string): T[] {
  const order = panels.toSorted(
    (a, b) =>
      a.position.y - b.position.y ||
      Number(b.id === moved) - Number(a.id === moved) ||
      a.position.x - b.position.x,
  );
  const cells = new Map<string, Cell>();
  for (const { id, position } of order) {
    const there = [...cells.values()];
    const free = (y: number) => !there.some((cell) => touches(cell, { ...position, y }));
    let y = Math.max(0, ...there.map((cell) => cell.y + cell.h));
    while (y > 0 && free(y - 1)) y -= 1;
    cells.set(id, { ...position, y });
  }
  return panels.map((one) => ({ ...one, position: cells.get(one.id) ?? one.position }));
}

function within({ x, y, w, h }: Cell): Cell {
  const width = clamp(w, LEAST.w, COLUMNS);
  return {
    x: clamp(x, 0, COLUMNS - width),
    y: Math.max(0, y),
    w: width,
    h: clamp(h, LEAST.h, MOST_ROWS),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function touches(a: Cell, b: Cell): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function same(a: Cell, b: Cell): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}

function cellOf(panels: readonly Placed[], id: string): Cell | undefined {
  return panels.find((one) => one.id === id)?.position;
}
