import type { ReactNode } from "react";
import { span } from "../format";
import { changeOf } from "./change";
import classes from "./charts.module.css";
import type { ChartData, ChartSeries } from "./series";
import { inWords } from "./values";

/** What leads to the rows of a bucket: "Show the 412 traces". */
export type TooltipRows = (from: number, to: number, index: number) => ReactNode;

/** A series' name where it leads to the rows of that series alone. */
export type TooltipName = (series: ChartSeries, from: number, to: number) => ReactNode;

interface Props {
  data: ChartData;
  index: number;
  /** Where the crosshair stands, in pixels from the chart's left. */
  left: number;
  width: number;
  kept: boolean;
  rows?: TooltipRows;
  nameOf?: TooltipName;
}

const WIDTH = 192;

/** From the top to the bottom; of a heat map only what has something. */
function told({ series, heat }: ChartData, index: number): ChartSeries[] {
  const upwards = heat ? series.filter(({ values }) => values[index]) : series;
  return upwards.toReversed();
}

/** The values of one bucket, each with its change against the same bucket of the period before. */
export function Tooltip({ data, index, left, width, kept, rows, nameOf }: Props) {
  const from = data.starts[index] ?? 0;
  const to = from + data.interval.ms;
  const beside = left + 14 + WIDTH > width ? left - 14 - WIDTH : left + 14;
  return (
    <div
      className={classes.tooltip}
      data-tooltip
      data-kept={kept || undefined}
      data-compared={data.series.some((one) => one.before) || undefined}
      style={{ left: Math.max(0, beside), width: WIDTH }}
    >
      <div className={classes.tooltipTime}>{span(new Date(from), new Date(to))}</div>
      {told(data, index).map((one) => {
        const value = one.values[index];
        const change = changeOf(value, one.before?.[index], { as: "ratio", worse: null }, "before");
        return (
          <div key={one.key} className={classes.tooltipRow}>
            <span className={classes.swatch} style={{ background: `var(--${one.token})` }} />
            <span className="ellipsis" title={one.label}>
              {nameOf?.(one, from, to) ?? one.label}
            </span>
            <span className={classes.tooltipValue}>{inWords(value, data.unit)}</span>
            {one.before && <span className={classes.tooltipChange}>{change?.text ?? ""}</span>}
          </div>
        );
      })}
      {rows && <div className={classes.tooltipRows}>{rows(from, to, index)}</div>}
    </div>
  );
}
