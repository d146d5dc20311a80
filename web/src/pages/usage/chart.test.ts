import { expect, test } from "vitest";
import type { CostReport, ReportRow } from "../../api/costs";
import { chartOf, startsOf } from "./chart";
import { readSplits, unitFor } from "./splits";

function row(model: string | null, day: string, total: number | null, other = false): ReportRow {
  return { group: { model, day }, other, cost: { total } } as unknown as ReportRow;
}

function report(rows: ReportRow[], overlapping = false): CostReport {
  const window = { from: "2026-11-01T00:00:00Z", to: "2026-11-03T12:00:00Z" };
  return { ...window, rows, overlapping } as unknown as CostReport;
}

test("bars begin with the dearest group, and all others come last", () => {
  const chart = chartOf(
    report([
      row("small", "2026-11-01", 1),
      row("large", "2026-11-01", 5),
      row("large", "2026-11-03", null),
      row(null, "2026-11-02", 2),
      row(null, "2026-11-02", 9, true),
    ]),
    "day",
  );

  expect(chart.series.map(({ label }) => label)).toEqual([
    "large",
    "unknown",
    "small",
    "all others",
  ]);
  expect(chart.series[0]?.values).toEqual([5, 0, null]);
  expect(chart.stacked).toBe(true);
});

test("groups that overlap are lines", () => {
  expect(chartOf(report([], true), "day").stacked).toBe(false);
});

test("weeks begin on Monday and months on their first, in UTC", () => {
  const days = (unit: "week" | "month") =>
    startsOf("2026-11-04T10:00:00Z", "2026-12-02T00:00:00Z", unit).map((at) =>
      new Date(at).toISOString().slice(0, 10),
    );

  expect(days("week")[0]).toBe("2026-11-02");
  expect(days("month")).toEqual(["2026-11-01", "2026-12-01"]);
});

test("a project is split by model, all projects by project, unless the address says otherwise", () => {
  expect(readSplits({}, "shop")).toEqual({ first: "model", second: null });
  expect(readSplits({}, undefined)).toEqual({ first: "project", second: null });
  expect(readSplits({ by: "user", and: "month" }, "shop")).toEqual({
    first: "user",
    second: "month",
  });
  expect(readSplits({ by: "nothing", and: "model" }, "shop").second).toBeNull();
});

test("a bar is a day, a week or a month", () => {
  const day = 86_400_000;
  expect([30, 300, 1000].map((days) => unitFor(0, days * day))).toEqual(["day", "week", "month"]);
});
