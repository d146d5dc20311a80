import { expect, test } from "vitest";
import { summaries } from "./summary";

const HOUR = 3_600_000;

test("each project has its figures and its line, an hour without traces being zero", () => {
  const totals = {
    interval: null,
    truncated: false,
    series: [
      {
        group: { project: "a" },
        points: [
          { time: null, count: 8, error_count: 2, "p50(duration_ms)": 120, "sum(cost.total)": 1 },
        ],
      },
    ],
  };
  const lines = {
    interval: "1h",
    truncated: false,
    series: [{ group: { project: "a" }, points: [{ time: "1970-01-01T01:00:00Z", count: 8 }] }],
  };

  const found = summaries(totals, lines, { from: 0, to: 3 * HOUR }, { name: "1h", ms: HOUR });

  expect(found.get("a")).toEqual({
    traces: 8,
    errorShare: 0.25,
    p50: 120,
    cost: 1,
    line: [0, 8, 0],
  });
  expect(found.has("b")).toBe(false);
});
