/** Where the marks of an axis stand and what they say. */

export interface Tick {
  at: number;
  label: string;
}

/** What the values of an axis are; decides unit and labels. */
export type Unit = "count" | "ms" | "share" | "usd" | "tokens" | "score" | "mean" | "speed";

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** Four marks from zero to just above `max`, all in one unit; five where all there can be is 1. */
export function valueTicks(max: number, unit: Unit): Tick[] {
  if ((unit === "share" || unit === "score") && max > 0.9 && max <= 1) return quarters(unit);
  const scale = scaleOf(max, unit);
  const whole = unit === "count" || unit === "tokens";
  const single = whole && scale.factor === 1; // of what cannot be halved
  const top = Math.max(max, 0) / scale.factor;
  const nice = niceStep(top / 3 || emptyStep(unit));
  const step = single ? Math.max(Math.ceil(nice), 1) : nice;
  const digits = Math.max(0, ...[1, 2, 3].map((n) => decimals(step * n)));
  return [0, 1, 2, 3].map((n) => ({
    at: step * n * scale.factor,
    label: scale.label((step * n).toFixed(n === 0 ? 0 : digits)),
  }));
}

const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

function quarters(unit: "share" | "score"): Tick[] {
  return QUARTERS.map((at) => ({ at, label: unit === "share" ? `${at * 100} %` : String(at) }));
}

/** The least "round" number that is no smaller. */
export function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = STEPS.find((step) => step * power >= value * (1 - 1e-9)) ?? 10;
  return Number((lead * power).toPrecision(6));
}

function emptyStep(unit: Unit): number {
  return unit === "share" ? 1 : unit === "score" ? 0.25 : 1;
}

function decimals(value: number): number {
  return (Number(value.toPrecision(6)).toString().split(".")[1] ?? "").length;
}

interface Scale {
  factor: number;
  label: (figure: string) => string;
}

function scaleOf(max: number, unit: Unit): Scale {
  if (unit === "ms") return durationScale(max);
  if (unit === "share") return { factor: 0.01, label: (figure) => `${figure} %` };
  if (unit === "score") return { factor: 1, label: (figure) => figure };
  const thousands = thousandsScale(max);
  if (unit === "usd") return { ...thousands, label: (figure) => `$${thousands.label(figure)}` };
  return thousands;
}

function durationScale(max: number): Scale {
  if (max >= 3 * 3_600_000) return { factor: 3_600_000, label: (figure) => `${figure} h` };
  if (max >= 180_000) return { factor: 60_000, label: (figure) => `${figure} min` };
  if (max >= 1000) return { factor: 1000, label: (figure) => `${figure} s` };
  return { factor: 1, label: (figure) => `${figure} ms` };
}

function thousandsScale(max: number): Scale {
  const named = (factor: number, suffix: string): Scale => ({
    factor,
    label: (figure) => (figure === "0" ? "0" : `${figure}${suffix}`),
  });
  if (max >= 1e9) return named(1e9, " G");
  if (max >= 1e6) return named(1e6, " M");
  if (max >= 1e3) return named(1e3, " k");
  return named(1, "");
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CLOCK_STEPS = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE);

/** Marks on round local times: clock times within two days, else dates, the last with its month. */
export function timeTicks(from: number, to: number, most: number): Tick[] {
  const step = CLOCK_STEPS.find((size) => (to - from) / size <= most);
  if (step !== undefined && to - from <= 48 * HOUR) return clockTicks(from, to, step);
  return dayTicks(from, to, most);
}

function clockTicks(from: number, to: number, step: number): Tick[] {
  const midnight = new Date(from);
  midnight.setHours(0, 0, 0, 0);
  const ticks: Tick[] = [];
  for (let at = midnight.getTime(); at <= to; at += step) {
    if (at >= from) ticks.push({ at, label: clock(new Date(at)) });
  }
  return ticks;
}

function dayTicks(from: number, to: number, most: number): Tick[] {
  const days = (to - from) / (24 * HOUR);
  const every =
    [1, 2, 3, 7, 14, 30, 90, 365].find((n) => days / n <= most) ?? Math.ceil(days / most);
  const day = new Date(from);
  day.setHours(0, 0, 0, 0);
  if (day.getTime() < from) day.setDate(day.getDate() + 1);
  const starts: Date[] = [];
  while (day.getTime() <= to) {
    starts.push(new Date(day));
    day.setDate(day.getDate() + every); // by date, not by hours: a day has 23 or 25 of them twice a year
  }
  return starts.map((start, n) => ({
    at: start.getTime(),
    label: labelled(start, n, starts),
  }));
}

/** The day alone; with its month at the last mark and wherever the month changed. */
function labelled(start: Date, n: number, starts: Date[]): string {
  const previous = starts[n - 1];
  const turned = previous !== undefined && previous.getMonth() !== start.getMonth();
  if (n < starts.length - 1 && !turned) return String(start.getDate());
  return `${start.getDate()} ${start.toLocaleString("en-GB", { month: "short" }).slice(0, 3)}`;
}

function clock(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}
