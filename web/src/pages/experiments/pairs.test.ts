import { expect, test } from "vitest";
import { type Cell, leadOf, listed, type Matrix, outcomeOf } from "./pairs";
import { plain } from "./verdict";

function cell(wins: number, losses: number, p: number): Cell {
  const rate = wins / (wins + losses);
  return {
    ...{ wins, losses, ties: 10, win_rate: rate, win_rate_half_ties: rate },
    ...{ low: 0.4, high: 0.6, p, p_adjusted: p },
  };
}

/** Three experiments, of which the first is the strongest. */
function matrix(bestRanks: readonly number[], toB: Cell, toC: Cell): Matrix {
  return {
    metric: "correct",
    lower_is_better: false,
    experiments: ["a", "b", "c"].map((id) => ({ id, name: id })),
    cells: [
      [null, toB, toC],
      [null, null, null],
      [null, null, null],
    ],
    ranking: ["a", "c", "b"].map((id, at) => ({
      ...{ experiment_id: id, strength: 0, low: 0, high: 0, elo: 1000 },
      ...{ best_rank: bestRanks[at] ?? 1, worst_rank: 3 },
    })),
    guessed: false,
  };
}

test("whoever nobody beats beyond chance leads", () => {
  const two = leadOf(matrix([1, 1, 3], cell(60, 20, 0.001), cell(40, 38, 0.8)));
  expect(two.leaders).toEqual(["A", "C"]);
  const alone = leadOf(matrix([1, 2, 2], cell(60, 20, 0.002), cell(50, 30, 0.03)));
  expect(alone.leaders).toEqual(["A"]);
  expect(plain(alone.evidence)).toBe(
    "A is better than C on 50 and worse on 30 of 90 examples (p = 0.030) and than B on 60 and worse " +
      "on 20 of 90 examples (p = 0.002). p is corrected for all 3 pairs.",
  );
});

test("a pair is open where chance could have made it so", () => {
  expect(outcomeOf(cell(60, 20, 0.2))).toBe("open");
  expect(outcomeOf(cell(20, 60, 0.01))).toBe("lost");
  expect(listed(["A", "B", "C"])).toBe("A, B and C");
});
