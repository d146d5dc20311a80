import type { ReactNode } from "react";
import { span } from "../format";
import { changeOf } from "./change";
import classes from "./charts.module.css";
import type { ChartData } from "./series";
import { inWords } from "./values";

/** What leads to the rows of a bucket: "Show the 412 traces". */
export type TooltipRows = (from: number, to: number, index: number) => ReactNode;

interface Props {
  data: ChartData;
  index: number;
  /** Where the crosshair stands, in pixels from the chart's left. */
  left: number;
  width: number;
  kept: boolean;
  rows?: TooltipRows;
}

const WIDTH = 176;

/** The values of one bucket, each with its change against the same bucket of the period before. */
export function Tooltip({ data, index, left, width, kept, rows }: Props) {
  const from = data.starts[index] ?? 0;
  const to = from + data.interval.ms;
  const beside = left + 14 + WIDTH > width ? left - 14 - WIDTH : left + 14;
  return (
    <div
      className={classes.tooltip}
      data-tooltip
      data-kept={kept || undefined}
      style={{ left: Math.max(0, beside), width: WIDTH }}
    >
      <div className={classes.tooltipTime}>{span(new Date(from), new Date(to))}</div>
      {[...data.series].reverse().map((one) => {
        const value = one.values[index];
        const change = changeOf(value, one.before?.[index], { as: "ratio", worse: null }, "before");
        return (
          <div key={one.key} className={classes.tooltipRow}>
            <span className={classes.swatch} style={{ background: `var(--${one.token})` }} />
            <span className="ellipsis">{one.label}</span>
            <span className={classes.tooltipValue}>{inWords(value, data.unit)}</span>
            <span className={classes.tooltipChange}>{change?.text ?? ""}</span>
          </div>
        );
      })}
      {rows && <div className={classes.tooltipRows}>{rows(from, to, index)}</div>}
    </div>
  );
}
