import { time } from "../format";
import { ScrollBox } from "../parts/ScrollBox";
import classes from "./charts.module.css";
import type { ChartData } from "./series";
import { inWords } from "./values";

/** A chart as figures, newest first; buckets in which nothing is known are left out. */
export function ChartTable({ data, caption }: { data: ChartData; caption: string }) {
  const known = data.starts
    .map((start, n) => ({ start, n }))
    .filter(({ n }) => data.series.some((one) => one.values[n] != null))
    .reverse();
  return (
    <ScrollBox className={classes.tableBox} label={`${caption} as table`}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Start</th>
            {data.series.map((one) => (
              <th key={one.key} scope="col">
                {one.label}
              </th>
            ))}
            {data.series.some((one) => one.before) && <th scope="col">before</th>}
          </tr>
        </thead>
        <tbody>
          {known.map(({ start, n }) => (
            <tr key={start}>
              <td>{time(start, false)}</td>
              {data.series.map((one) => (
                <td key={one.key}>{inWords(one.values[n], data.unit)}</td>
              ))}
              {data.series
                .filter((one) => one.before)
                .map((one) => (
                  <td key={one.key}>{inWords(one.before?.[n], data.unit)}</td>
                ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
