import { expect, test } from "vitest";
import type { Experiment } from "../../api/evaluation";
import { boundsOf, scoreLines, scoreNames } from "./overTime";

function experiment(id: string, created_at: string, scores: Record<string, number | null>) {
  const figures = Object.entries(scores).map(([name, mean]) => ({ name, mean, n: 4 }));
  return { id, created_at, stats: { scores: figures } } as unknown as Experiment;
}

test("a line goes from the oldest experiment to the newest, whatever the list's order", () => {
  const lines = scoreLines([
    experiment("b", "2026-11-02T00:00:00Z", { correct: 0.8 }),
    experiment("a", "2026-11-01T00:00:00Z", { correct: 0.5, tone: null }),
  ]);
  expect(lines.map((line) => line.name)).toEqual(["correct"]);
  expect(lines[0]?.points.map((point) => point.value)).toEqual([0.5, 0.8]);
});

test("shares are drawn over their whole scale, other scores over theirs with zero", () => {
  expect(boundsOf([0.8, 0.9])).toEqual({ from: 0, to: 1 });
  expect(boundsOf([3, 5])).toEqual({ from: 0, to: 5 });
  expect(boundsOf([-2, -1])).toEqual({ from: -2, to: 0 });
});

test("scores of most experiments come first", () => {
  const names = scoreNames([
    experiment("a", "1", { rare: 1, common: 1 }),
    experiment("b", "2", { common: 1 }),
  ]);
  expect(names).toEqual(["common", "rare"]);
});
