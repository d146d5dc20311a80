/** More than two experiments: every pair of them in one score, and their order. */

import type { components } from "../../api/openapi";
import { count, plural } from "../../format";
import { pSaid } from "./compared";
import { letterOf } from "./sides";
import type { Piece } from "./verdict";

export type Matrix = Required<components["schemas"]["MatrixOut"]>;
export type Cell = NonNullable<Matrix["cells"][number][number]>;

export const ALPHA = 0.05;

/** How a pair came out for the experiment of the row. */
export function outcomeOf(cell: Cell): "won" | "lost" | "open" {
  if (cell.p_adjusted > ALPHA || cell.wins === cell.losses) return "open";
  return cell.wins > cell.losses ? "won" : "lost";
}

export interface Lead {
  /** Letters of those that nothing beats beyond chance. */
  leaders: string[];
  evidence: Piece[];
}

/** Who leads: all that no other beats beyond chance, the strongest first. */
export function leadOf(matrix: Matrix): Lead {
  const at = (id: string) => matrix.experiments.findIndex((one) => one.id === id);
  const leading = matrix.ranking.filter((one) => one.best_rank === 1);
  const [first] = leading;
  if (!first) return { leaders: [], evidence: [] };
  const others = matrix.ranking.filter((one) => !leading.includes(one));
  const pairs = others.flatMap(({ experiment_id: id }) => {
    const cell = matrix.cells[at(first.experiment_id)]?.[at(id)];
    return cell ? [{ letter: letterOf(at(id)), cell }] : [];
  });
  const evidence: Piece[] = pairs.flatMap(({ letter, cell }, n) => [
    n === 0
      ? `${letterOf(at(first.experiment_id))} is better than `
      : n === pairs.length - 1
        ? " and than "
        : ", than ",
    { strong: letter },
    ` on ${count(cell.wins)} and worse on ${count(cell.losses)} of ` +
      `${plural(cell.wins + cell.losses + cell.ties, "example")} (${pSaid(cell.p_adjusted)})`,
  ]);
  if (pairs.length > 0) evidence.push(". ");
  const all = matrix.experiments.length;
  evidence.push(`p is corrected for all ${count((all * (all - 1)) / 2)} pairs.`);
  if (matrix.guessed) evidence.push(" Some never won or never lost: their distance is a guess.");
  return { leaders: leading.map((one) => letterOf(at(one.experiment_id))), evidence };
}

/** `A`, `A and B`, `A, B and C` */
export function listed(letters: readonly string[]): string {
  return letters.length < 2
    ? letters.join("")
    : `${letters.slice(0, -1).join(", ")} and ${letters.at(-1)}`;
}
