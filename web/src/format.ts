/** How values are written everywhere. What is unknown is an en dash, never 0. */

export const UNKNOWN = "–";

type Maybe<T> = T | null | undefined;

/** Thousands apart. Not by `Intl`: a browser takes 40 ms of each new page to set that up. */
function grouped(n: number, places = 0): string {
  const [whole = "", fraction] = n.toFixed(places).split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction ? `${apart}.${fraction}` : apart;
}

/** `420 µs`, `760 ms`, `1.20 s`, `21.4 s`, `2 m 05 s`, `1 h 12 m`, `3 d 4 h`. */
export function duration(ms: Maybe<number>): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return UNKNOWN;
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 9.995) return `${s.toFixed(2)} s`;
  if (s < 59.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `$0.0312`, `$5.12`, `$1,204`; `digits` keeps one precision within a column or a sum. */
export function cost(usd: Maybe<number>, digits?: number): string {
  if (usd === null || usd === undefined || !Number.isFinite(usd)) return UNKNOWN;
  const size = Math.abs(usd);
  const places = digits ?? (size >= 1000 ? 0 : size >= 1 ? 2 : 4);
  const least = 10 ** -places;
  if (size > 0 && size < least / 2) return `<$${least.toFixed(places)}`;
  const sign = usd < 0 ? "−" : "";
  return `${sign}$${grouped(size, places)}`;
}

/** The decimal places that suit the largest of a column, so that all of it has the same. */
export function costDigits(column: readonly Maybe<number>[]): number {
  const most = Math.max(0, ...column.map((usd) => Math.abs(usd ?? 0)));
  return most >= 1000 ? 0 : most >= 1 ? 2 : 4;
}

/** A whole number with its thousands apart: `9,866`. */
export function count(n: Maybe<number>): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return UNKNOWN;
  return grouped(Math.round(n));
}

/** A large number in three figures: `1.94 M`, `12.3 k`, `842`. */
export function compact(n: Maybe<number>): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return UNKNOWN;
  const size = Math.abs(n);
  if (size < 10_000) return count(n);
  for (const [unit, name] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (size >= unit * 0.9995) return `${(n / unit).toPrecision(3)} ${name}`;
  }
  return count(n);
}

/** `8,010 → 668` */
export function tokens(input: Maybe<number>, output: Maybe<number>): string {
  return `${count(input)} → ${count(output)}`;
}

/** A share of one: `7.2 %`. */
export function percent(share: Maybe<number>, digits = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return UNKNOWN;
  return `${(share * 100).toFixed(digits)} %`;
}

/** `612 B`, `4.1 kB`, `10.2 MB`. */
export function bytes(n: Maybe<number>): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return UNKNOWN;
  if (n < 1000) return `${n} B`;
  for (const [unit, name] of [
    [1e12, "TB"],
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ] as const) {
    if (n >= unit) {
      const value = n / unit;
      return `${value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${name}`;
    }
  }
  return `${n} B`;
}

/** A score as people read it: at most two places, whole numbers whole. */
export function score(value: Maybe<number>): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const whole = Number.isInteger(value) && Math.abs(value) > 1;
  return (whole ? count(value) : value.toFixed(2)).replace(/^-/, "−");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function two(n: number): string {
  return String(n).padStart(2, "0");
}

function parsed(at: Maybe<string | number | Date>): Date | null {
  if (at === null || at === undefined) return null;
  const date = at instanceof Date ? at : new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `10:44:51` */
export function clock(at: Maybe<string | number | Date>, seconds = true): string {
  const d = parsed(at);
  if (!d) return UNKNOWN;
  return `${two(d.getHours())}:${two(d.getMinutes())}${seconds ? `:${two(d.getSeconds())}` : ""}`;
}

/** `20 Nov`, with the year when it is not this one. */
export function day(at: Maybe<string | number | Date>, now: Date = new Date()): string {
  const d = parsed(at);
  if (!d) return UNKNOWN;
  const year = d.getFullYear() === now.getFullYear() ? "" : ` ${d.getFullYear()}`;
  return `${d.getDate()} ${MONTHS[d.getMonth()]}${year}`;
}

/** `20 Nov, 11:59:05` */
export function time(at: Maybe<string | number | Date>, seconds = true, now = new Date()): string {
  const d = parsed(at);
  return d ? `${day(d, now)}, ${clock(d, seconds)}` : UNKNOWN;
}

/** What stands in the tooltip of a time: the ISO form and the zone the page writes in. */
export function exactTime(at: Maybe<string | number | Date>): string {
  const d = parsed(at);
  if (!d) return "";
  const iso = typeof at === "string" ? at : d.toISOString();
  return `${iso} · ${zone(d)}`;
}

/** `UTC+05:30`, as it was at that time. */
function zone(at: Date): string {
  const minutes = Math.abs(at.getTimezoneOffset());
  const sign = at.getTimezoneOffset() > 0 ? "−" : "+";
  return `UTC${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `3 s ago`, `12 min ago`, `4 h ago`, `2 d ago` */
export function ago(at: Maybe<string | number | Date>, now: Date = new Date()): string {
  const d = parsed(at);
  if (!d) return UNKNOWN;
  const s = Math.round((now.getTime() - d.getTime()) / 1000);
  if (s < 1) return "now";
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86_400)} d ago`;
}

/** `21 Nov, 09:15 – 10:45`, both days when they differ. */
export function span(from: string | Date, to: string | Date, now = new Date()): string {
  const a = parsed(from);
  const b = parsed(to);
  if (!a || !b) return UNKNOWN;
  if (day(a, now) === day(b, now)) return `${time(a, false, now)} – ${clock(b, false)}`;
  return `${time(a, false, now)} – ${time(b, false, now)}`;
}

/** `1 trace`, `2 traces` */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
