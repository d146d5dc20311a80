import { expect, test } from "vitest";
import type { HealthSample } from "../../api/types";
import { figureRows, rate, thinned } from "./systemRows";

const quiet: HealthSample = {
  at: "2026-11-22T12:00:00Z",
  spans_per_s: 0,
  rejected: 0,
  refused: 0,
  queue_bytes: 0,
  lag_s: 0,
  commit_ms: null,
  read_ms: null,
  cpu: 0.02,
  memory_bytes: 300_000_000,
  disk_free_bytes: 20_000_000_000,
};

function row(label: string, samples: HealthSample[]) {
  return figureRows(samples).find((one) => one.label === label);
}

test("a row says the newest value and the one that matters of all", () => {
  const samples = [
    { ...quiet, lag_s: 12, rejected: 2 },
    { ...quiet, refused: 1 },
  ];

  expect(row("Lag", samples)).toMatchObject({ now: "0 ms", extreme: "12.0 s highest" });
  expect(row("Turned away", samples)).toMatchObject({ now: "1", extreme: "3 in all" });
  expect(row("Disk free", samples)).toMatchObject({ extreme: "20.0 GB lowest" });
});

test("what is not known is a dash and a gap", () => {
  expect(row("A commit", [quiet])).toMatchObject({
    values: [null],
    now: "–",
    extreme: "– highest",
  });
});

test("a long history is thinned without losing a peak", () => {
  const values = Array.from({ length: 720 }, (_, n) => (n === 333 ? 9 : 1));

  const line = thinned(values, 120);

  expect(line).toHaveLength(120);
  expect(Math.max(...line.map((value) => value ?? 0))).toBe(9);
});

test("small rates keep a decimal place", () => {
  expect([rate(0), rate(0.25), rate(12.4), rate(null)]).toEqual(["0", "0.3", "12", "–"]);
});
