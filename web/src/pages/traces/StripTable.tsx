import { cost, count, duration, time } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import classes from "./ChartStrip.module.css";
import type { Measure } from "./state";
import { type Bar, heightOf, QUANTILES } from "./strip";

/** The strip's figures as a table, empty intervals left out. */
export function StripTable({ bars, measure }: { bars: readonly Bar[]; measure: Measure }) {
  const heads =
    measure === "count" ? ["ok", "error"] : measure === "cost" ? ["cost"] : [...QUANTILES];
  const cells = (bar: Bar) => {
    if (measure === "count") return [count(bar.ok), count(bar.error)];
    if (measure === "cost") return [cost(bar.values[0], 4)];
    return bar.values.map((value) => duration(value));
  };
  return (
    <ScrollBox className={classes.tableBox} label="Over time, as a table">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">From</th>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars
            .filter((bar) => heightOf(bar, measure) > 0)
            .map((bar) => (
              <tr key={bar.from}>
                <th scope="row">{time(bar.from)}</th>
                {cells(bar).map((cell, i) => (
                  <td key={heads[i]}>{cell}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
