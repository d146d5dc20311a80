/** What a rule measured over the last days, with its bounds, as a chart. */
import type { Condition, Preview } from "../../api/alerts";
import { MOST_SERIES, tokensOf } from "../../charts/palette";
import type { ChartData, ChartSeries, Shade } from "../../charts/series";
import type { Unit } from "../../charts/ticks";

/** As many points of a group as the server tells; of more windows it tells the worst of each few. */
const MOST_POINTS = 2_000;
const SECONDS: Record<string, number> = { m: 60, h: 3_600, d: 86_400 };

export function windowMs(window: string): number {
  return Number.parseInt(window, 10) * (SECONDS[window.slice(-1)] ?? 60) * 1000;
}

interface Spell {
  level: "warn" | "alert";
  from: number;
  /** Null while it lasts. */
  to: number | null;
}

/** The episodes of a preview as times. */
export function spellsOf({ episodes }: Preview): Spell[] {
  return episodes.map((one) => ({
    level: one.level,
    from: Date.parse(one.opened_at),
    to: one.ended_at === null ? null : Date.parse(one.ended_at),
  }));
}

export function chartOf(
  preview: Preview,
  condition: Condition,
  unit: Unit,
  spells: readonly Spell[],
): ChartData {
  const series = preview.series.slice(0, MOST_SERIES);
  const window = windowMs(preview.step);
  const looks = preview.groups ? Math.round(preview.evaluations / preview.groups) : 0;
  const ms = window * Math.max(1, Math.ceil(looks / MOST_POINTS));
  const to = Date.parse(preview.to);
  const begin = to - looks * window;
  const starts = (series[0]?.points ?? []).map((_, place) => begin + place * ms);
  const tokens = series.length === 1 ? ["s1"] : tokensOf(series.map(({ group }) => group ?? ""));
  const compares = condition.kind === "change" || condition.kind === "anomaly";
  const single = series.length === 1 ? series[0] : undefined;
  const lines = series.map(
    ({ group, points }, place): ChartSeries => ({
      key: `group:${group ?? ""}`,
      label: group ?? (series.length === 1 ? "value" : "none"),
      token: tokens[place] ?? "s1",
      values: points.map(({ value }) => value),
      before: compares && single ? points.map(({ expected }) => expected) : undefined,
    }),
  );
  const usual = single?.points ?? starts.map(() => ({ expected: null, spread: null }));
  return {
    starts,
    interval: { name: preview.step, ms },
    unit,
    series: [...boundLines(condition, usual), ...lines],
    beforeLabel: "usual",
    shades: spells
      .map((one) => ({ from: one.from, to: one.to ?? to, token: `${TOKENS[one.level]}-soft` }))
      .filter((one): one is Shade => one.to > begin),
  };
}

const TOKENS = { warn: "warn", alert: "err" } as const;

/** Where the levels begin: a fixed value, or one beside what is usual. */
function boundLines(condition: Condition, usual: readonly Usual[]): ChartSeries[] {
  const found: ChartSeries[] = [];
  for (const level of ["warn", "alert"] as const) {
    const bound = condition[level]?.bound;
    if (bound === undefined) continue;
    for (const [side, at] of sides(condition, bound)) {
      const values = usual.map(at);
      if (values.every((value) => value === null)) continue;
      const label = side ? `${level} ${side}` : level;
      found.push({ key: label, label, token: `${TOKENS[level]}-fill`, values, dashed: true });
    }
  }
  return found;
}

/** What was to be expected at a time, and how far values usually lie from it. */
type Usual = Pick<Preview["series"][number]["points"][number], "expected" | "spread">;
type Line = (usual: Usual) => number | null;

function sides(condition: Condition, bound: number): [side: string, at: Line][] {
  const times =
    (factor: number): Line =>
    ({ expected }) =>
      expected === null ? null : expected * factor;
  const spreads =
    (count: number): Line =>
    ({ expected, spread }) => {
      if (expected === null || spread === null) return null;
      const at = expected + count * spread;
      return at < 0 ? null : at; // what is measured is never less, and the chart begins there
    };
  if (condition.kind === "threshold") return [["", () => bound]];
  if (condition.kind === "absence") return [];
  if (condition.kind === "change" && condition.unit === "ratio") return [["", times(bound)]];
  const isAnomaly = condition.kind === "anomaly";
  const above: [string, Line] = ["above", isAnomaly ? spreads(bound) : times(1 + bound / 100)];
  const below: [string, Line] = [
    "below",
    isAnomaly ? spreads(-bound) : times(Math.max(0, 1 - bound / 100)),
  ];
  if (condition.direction === "either") return [below, above];
  return [["", (condition.direction === "above" ? above : below)[1]]];
}
