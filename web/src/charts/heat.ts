/** How a heat map is painted: a cell for each bucket of values and of time, darker where more lie. */

import type uPlot from "uplot";
import { largest } from "./align";
import type { ChartData } from "./series";
import type { Tick } from "./ticks";

const LINE = 18; // pixels that a label of the axis needs
const FAINTEST = 0.14;

/** Labels at the lower edges of the rows, as many as there is room for. */
export function heatRows(labels: readonly string[], height: number): Tick[] {
  const every = Math.max(1, Math.ceil((labels.length * LINE) / Math.max(1, height - 32)));
  return labels.flatMap((label, at) => (at % every === 0 ? [{ at, label }] : []));
}

/** How strong a cell is: by the root, so that a few are told from none beside thousands. */
export function strength(count: number, most: number): number {
  return most > 0 && count > 0 ? FAINTEST + (1 - FAINTEST) * Math.sqrt(count / most) : 0;
}

/** What paints the cells onto a plot. */
export function painted({ series, starts, interval }: ChartData, colour: string) {
  const most = largest(series.map(({ values }) => values));
  return (plot: uPlot) => {
    const { ctx } = plot;
    const x = (value: number) => Math.round(plot.valToPos(value, "x", true));
    const y = (value: number) => Math.round(plot.valToPos(value, "y", true));
    ctx.save();
    ctx.fillStyle = colour;
    for (const [row, { values }] of series.entries())
      for (const [n, count] of values.entries()) {
        const start = starts[n];
        if (!count || start === undefined) continue;
        const left = x(start);
        const top = y(row + 1);
        ctx.globalAlpha = strength(count, most);
        const width = Math.max(1, x(start + interval.ms) - left - 1);
        ctx.fillRect(left, top, width, Math.max(1, y(row) - top - 1));
      }
    ctx.restore();
  };
}
