/** The options and columns that uPlot draws a chart from. */

import uPlot from "uplot";
import { largest } from "./align";
import { faded, resolved } from "./colours";
import { heatRows, painted } from "./heat";
import type { ChartData, ChartSeries, Shade } from "./series";
import { timeTicks, valueTicks } from "./ticks";

const FONT = '500 11px "Inter Variable", Inter, system-ui, sans-serif';
const CHARACTER = 6.2; // a wide digit of the axis font, in pixels

export interface PlotSize {
  width: number;
  height: number;
}

export interface PlotHooks {
  /** The bucket under the pointer, or null when it leaves. */
  onHover: (plot: uPlot, index: number | null) => void;
  /** It is drawn: positions can be asked for. */
  onReady: (plot: uPlot) => void;
  /** A range was dragged. */
  onRange?: (from: number, to: number) => void;
}

/** First the buckets' starts, then every line: those of the period before lie below. */
export function columnsOf({ starts, series, stacked }: ChartData): uPlot.AlignedData {
  if (stacked) return [[...starts], ...piles(series)];
  const earlier = series.filter((one) => one.before).map((one) => [...(one.before ?? [])]);
  return [[...starts], ...earlier, ...series.map((one) => [...one.values])];
}

/** The heights at which the series end when they stand on each other, the highest first. */
function piles(series: readonly ChartSeries[]): number[][] {
  const found: number[][] = [];
  for (const { values } of series) {
    const below = found[0];
    found.unshift(values.map((value, n) => (value ?? 0) + (below?.[n] ?? 0)));
  }
  return found;
}

export function optionsOf(
  data: ChartData,
  size: PlotSize,
  element: HTMLElement,
  group: string,
  hooks: PlotHooks,
): uPlot.Options {
  const { series, starts, interval, stacked, beside, heat } = data;
  const top = stacked
    ? largest(piles(series))
    : largest(series.flatMap((one) => [one.values, one.before ?? []]));
  const rows = heat ? heatRows(heat, size.height) : valueTicks(top, data.unit);
  const barred = stacked || beside;
  const half = halfOf(data);
  const from = (starts[0] ?? 0) - half;
  const last = starts[starts.length - 1] ?? 0;
  const to = last + ((starts.length > 1 || barred) && !heat ? half : interval.ms);
  const columns = timeTicks(from, to, Math.max(2, Math.floor(size.width / 90)));
  const labelWidth = Math.max(...rows.map((row) => row.label.length)) * CHARACTER;
  const text = resolved(element, "t3");
  const ground = resolved(element, "bg");
  const colours = [
    ...series.filter((one) => one.before).map(() => resolved(element, "ghost")),
    ...series.map((one) => resolved(element, one.token)),
  ];

  return {
    ...size,
    ms: 1,
    padding: [8, 16, 0, 0], // half of a label at the right end
    legend: { show: false },
    cursor: {
      y: false,
      points: {
        show: !barred && !heat,
        size: 9,
        width: 1.5,
        stroke: () => ground,
        fill: (_, index) => colours[index - 1] ?? text,
      },
      drag: { x: hooks.onRange !== undefined, y: false, setScale: false, dist: 6 },
      sync: { key: group, setSeries: false },
    },
    scales: {
      x: { time: true, range: () => [from, to] },
      y: { range: () => [0, heat ? Math.max(1, heat.length) : (rows.at(-1)?.at ?? 1)] },
    },
    axes: [
      {
        stroke: text,
        font: FONT,
        size: 24,
        gap: 6,
        splits: () => columns.map((tick) => tick.at),
        values: () => columns.map((tick) => tick.label),
        grid: { show: false },
        ticks: { show: false },
        border: { show: true, stroke: resolved(element, "line-2"), width: 1 },
      },
      {
        stroke: text,
        font: FONT,
        size: Math.ceil(labelWidth) + 14,
        gap: 8,
        splits: () => rows.map((tick) => tick.at),
        values: () => rows.map((tick) => tick.label),
        grid: { show: !heat, stroke: resolved(element, "line-soft"), width: 1 },
        ticks: { show: false },
      },
    ],
    series: [{}, ...drawn(data, element)],
    hooks: {
      drawClear: [(plot) => shade(plot, data.shades ?? [], element)],
      draw: [
        ...(heat ? [painted(data, resolved(element, "s1"))] : []),
        (plot) => rule(plot, data, element),
      ],
      setCursor: [(plot) => hooks.onHover(plot, plot.cursor.idx ?? null)],
      setSelect: [(plot) => selected(plot, hooks)],
      ready: [hooks.onReady],
    },
  };
}

/** A bar stands around the start of its bucket: what it counts begins half of it further left. */
function halfOf({ stacked, beside, interval }: ChartData): number {
  return stacked || beside ? interval.ms / 2 : 0;
}

/** Where a moment stands, in pixels from the chart's left. */
export function markLeft(plot: uPlot, data: ChartData, at: number): number {
  return plot.over.offsetLeft + plot.valToPos(at - halfOf(data), "x");
}

/** A dashed line at each mark, over all else. */
function rule(plot: uPlot, data: ChartData, element: HTMLElement): void {
  const { marks = [] } = data;
  if (marks.length === 0) return;
  const { top, height } = plot.bbox;
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = resolved(element, "t3");
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([3 * uPlot.pxRatio, 2 * uPlot.pxRatio]);
  ctx.beginPath();
  let last = Number.NEGATIVE_INFINITY;
  for (const { at } of marks) {
    const left = Math.round(plot.valToPos(at - halfOf(data), "x", true)) + 0.5;
    if (left - last < 4 * uPlot.pxRatio) continue; // two lines would look like a thick one
    last = left;
    ctx.moveTo(left, top);
    ctx.lineTo(left, top + height);
  }
  ctx.stroke();
  ctx.restore();
}

/** Marks times on the ground: below the grid and the lines, a pixel wide at least. */
function shade(plot: uPlot, shades: readonly Shade[], element: HTMLElement): void {
  const { left, top, width, height } = plot.bbox;
  const inside = (at: number) =>
    Math.min(Math.max(plot.valToPos(at, "x", true), left), left + width);
  for (const { from, to, token } of shades) {
    const begin = inside(from);
    plot.ctx.fillStyle = resolved(element, token);
    plot.ctx.fillRect(begin, top, Math.max(inside(to) - begin, uPlot.pxRatio), height);
  }
}

function selected(plot: uPlot, hooks: PlotHooks): void {
  const { left, width } = plot.select;
  if (width < 6 || !hooks.onRange) return;
  hooks.onRange(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
}

function drawn(data: ChartData, element: HTMLElement): uPlot.Series[] {
  const { series, stacked, beside, heat } = data;
  if (heat) return series.map(() => ({ paths: () => null, points: { show: false } }));
  if (stacked) return bars(series, element);
  const before = ghosts(series, element);
  return [...before, ...(beside ? groups(data, element) : lines(series, element))];
}

function ghosts(series: readonly ChartSeries[], element: HTMLElement): uPlot.Series[] {
  const stroke = resolved(element, "ghost");
  return series
    .filter((one) => one.before)
    .map(() => ({ stroke, width: 1.25, dash: [3, 3], points: { show: false } }));
}

function lines(series: readonly ChartSeries[], element: HTMLElement): uPlot.Series[] {
  return series.map((one) => {
    const stroke = resolved(element, one.token);
    return {
      stroke,
      width: 1.5,
      fill: one.filled ? faded(stroke, 0.12) : undefined,
      dash: one.dashed ? [5, 4] : undefined,
      points: { show: true, size: 4, fill: stroke, filter: () => alone(one.values) },
    };
  });
}

/** In the order of their piles: what ends higher lies below what ends lower. */
function bars(series: readonly ChartSeries[], element: HTMLElement): uPlot.Series[] {
  const paths = uPlot.paths.bars?.({ size: [0.72, 28, 1] });
  return series.toReversed().map((one) => ({
    fill: resolved(element, one.token),
    width: 0,
    points: { show: false },
    paths,
  }));
}

/** Bars of one bucket next to each other, the first at the left. */
function groups({ series, starts, interval }: ChartData, element: HTMLElement): uPlot.Series[] {
  const width = (interval.ms * 0.72) / Math.max(1, series.length);
  const left = -0.36 * interval.ms;
  return series.map((one, n) => {
    const at = starts.map((start) => start + left + n * width);
    const disp = {
      x0: { unit: 1, values: () => at },
      size: { unit: 1, values: () => [width * 0.92] },
    };
    return {
      fill: resolved(element, one.token),
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars?.({ align: 1, disp }),
    };
  });
}

/** Buckets whose neighbours are both gaps: a line would not show them. */
export function alone(values: readonly (number | null)[]): number[] {
  return values.flatMap((value, n) =>
    value !== null && (values[n - 1] ?? null) === null && (values[n + 1] ?? null) === null
      ? [n]
      : [],
  );
}
