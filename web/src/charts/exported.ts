/** A chart's figures as a file: what is drawn, unrounded, in units of the API. */

import type { ChartData } from "./series";

export function csvOf({ starts, series }: ChartData): string {
  const head = ["start", ...series.map(({ label }) => label)];
  const rows = starts.map((start, n) => [iso(start), ...series.map(({ values }) => values[n])]);
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

export function jsonOf({ starts, series, interval }: ChartData): string {
  const points = starts.map((start, n) => ({
    start: iso(start),
    ...Object.fromEntries(series.map(({ label, values }) => [label, values[n] ?? null])),
  }));
  return `${JSON.stringify({ interval: interval.name, points }, null, 2)}\n`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** As RFC 4180 quotes it; a text that a spreadsheet would run as a formula begins with a quote. */
function cell(value: string | number | null | undefined): string {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
