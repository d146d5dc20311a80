/** Pixels of the grid, which its sheet has too. */

export const ROW = 52;
export const GAP = 12;
const HEAD = 40; // title and air of a card

/** What a panel of so many rows has left below its title. */
export function bodyHeight(rows: number): number {
  return rows * ROW + (rows - 1) * GAP - HEAD;
}
