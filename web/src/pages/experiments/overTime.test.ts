import { expect, test } from "vitest";
import type { Experiment } from "../../api/evaluation";
import { boundsOf, figureLines, scoreLines, scoreNames } from "./overTime";

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

test("latency and cost are drawn from zero, of the experiments that have runs", () => {
  const measured = (id: string, run_count: number, total: number | null) => {
    const stats = { run_count, latency_p50_ms: run_count ? 1200 : null, cost: { total } };
    return { id, created_at: id, stats } as unknown as Experiment;
  };
  const lines = figureLines([measured("2", 200, 0.5), measured("1", 0, null)]);
  expect(lines.map(({ name, from, to }) => [name, from, to])).toEqual([
    ["p50 latency", 0, 1200],
    ["Cost per 1,000 runs", 0, 2.5],
  ]);
  expect(lines.map(({ points, text }) => points.map((point) => text(point.value)))).toEqual([
    ["1.20 s"],
    ["$2.50"],
  ]);
});
