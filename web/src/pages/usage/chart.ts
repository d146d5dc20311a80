/** A report by a split and by time, as stacked bars. */
import type { CostReport, ReportRow } from "../../api/costs";
import { OTHER_TOKEN, tokensOf } from "../../charts/palette";
import type { ChartData, ChartSeries } from "../../charts/series";
import type { Unit } from "./splits";

const DAY = 86_400_000;
const LASTS: Record<Unit, { name: string; ms: number }> = {
  day: { name: "1d", ms: DAY },
  week: { name: "7d", ms: 7 * DAY },
  month: { name: "30d", ms: 30 * DAY },
};

export const OTHERS = "all others";
export const UNKNOWN_NAME = "unknown";

/** Bars by time, the dearest group at the bottom; lines where a call stands in several groups. */
export function chartOf(report: CostReport, unit: Unit): ChartData {
  const starts = startsOf(report.from, report.to, unit);
  const byName = new Map<string, ReportRow[]>();
  for (const row of report.rows) {
    const name = nameOf(row, unit);
    byName.set(name, [...(byName.get(name) ?? []), row]);
  }
  const names = [...byName.keys()].filter((name) => name !== OTHERS);
  names.sort((a, b) => costOf(byName.get(b)) - costOf(byName.get(a)));
  const tokens = tokensOf(names);
  const series = names.map((name, n) =>
    line(name, tokens[n] ?? OTHER_TOKEN, byName.get(name) ?? [], starts, unit),
  );
  const others = byName.get(OTHERS);
  if (others) series.push(line(OTHERS, OTHER_TOKEN, others, starts, unit));
  return { starts, interval: LASTS[unit], unit: "usd", stacked: !report.overlapping, series };
}

/** What a row is called: its groups without the time. */
export function nameOf(row: ReportRow, unit: string): string {
  if (row.other) return OTHERS;
  const names = Object.entries(row.group).flatMap(([column, name]) =>
    column === unit ? [] : [name ?? UNKNOWN_NAME],
  );
  return names.join(" · ");
}

/** The starts of all days, weeks (from Monday) or months in UTC that touch a time. */
export function startsOf(from: string, to: string, unit: Unit): number[] {
  const at = new Date(from);
  at.setUTCHours(0, 0, 0, 0);
  if (unit === "week") at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7));
  if (unit === "month") at.setUTCDate(1);
  const starts: number[] = [];
  while (at.getTime() < Date.parse(to)) {
    starts.push(at.getTime());
    if (unit === "month") at.setUTCMonth(at.getUTCMonth() + 1);
    else at.setUTCDate(at.getUTCDate() + (unit === "week" ? 7 : 1));
  }
  return starts;
}

function line(
  name: string,
  token: string,
  rows: readonly ReportRow[],
  starts: readonly number[],
  unit: Unit,
): ChartSeries {
  const costs = new Map(
    rows.map((row) => [Date.parse(`${row.group[unit]}T00:00:00Z`), row.cost.total]),
  );
  const values = starts.map((start) => (costs.has(start) ? (costs.get(start) ?? null) : 0));
  return { key: name, label: name, token, values };
}

function costOf(rows: readonly ReportRow[] | undefined): number {
  return (rows ?? []).reduce((sum, row) => sum + (row.cost.total ?? 0), 0);
}
