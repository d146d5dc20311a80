import type { Experiment } from "../../api/evaluation";
import { cost, count, duration } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import classes from "./compared.module.css";
import shared from "./experiments.module.css";
import table from "./figures.module.css";
import { costPlaces, letterOf, perRun, signed } from "./sides";

interface Measure {
  label: string;
  values: (number | null)[];
  write: (value: number | null) => string;
  /** Whether a change is good or bad; tokens are neither. */
  matters: boolean;
  /** Said as a difference instead of a share. */
  absolute?: boolean;
}

function measuresOf(experiments: readonly Experiment[]): Measure[] {
  const stats = experiments.map((one) => one.stats);
  const costs = stats.map((one) => perRun(one?.cost.total, one?.run_count ?? 0));
  const digits = costPlaces(costs);
  return [
    {
      label: "Cost of a run",
      values: costs,
      write: (value) => cost(value, digits),
      matters: true,
    },
    {
      label: "p50 latency",
      values: stats.map((one) => one?.latency_p50_ms ?? null),
      write: duration,
      matters: true,
    },
    {
      label: "p99 latency",
      values: stats.map((one) => one?.latency_p99_ms ?? null),
      write: duration,
      matters: true,
    },
    {
      label: "Tokens of a run",
      values: stats.map((one) => perRun(one?.usage.total_tokens, one?.run_count ?? 0)),
      write: count,
      matters: false,
    },
    {
      label: "Errors",
      values: stats.map((one) => one?.error_count ?? null),
      write: count,
      matters: true,
      absolute: true,
    },
    {
      label: "Runs",
      values: stats.map((one) => one?.run_count ?? null),
      write: count,
      matters: false,
      absolute: true,
    },
  ];
}

/** What the runs took: money, time and tokens, and how many failed. */
export function Measures({ experiments }: { experiments: readonly Experiment[] }) {
  const two = experiments.length === 2;
  return (
    <ScrollBox className={classes.measures} role="group" label="What the runs took">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">All runs</th>
            {experiments.length > 1 &&
              experiments.map((one, at) => (
                <th key={one.id} scope="col" title={one.name}>
                  {letterOf(at)}
                </th>
              ))}
            {experiments.length === 1 && (
              <th scope="col">
                <span className="hidden-text">Value</span>
              </th>
            )}
            {two && <th scope="col">Change</th>}
          </tr>
        </thead>
        <tbody>
          {measuresOf(experiments).map((measure) => (
            <tr key={measure.label}>
              <th scope="row">{measure.label}</th>
              {measure.values.map((value, at) => (
                <td key={experiments[at]?.id}>{measure.write(value)}</td>
              ))}
              {two && <Change measure={measure} />}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Change({ measure }: { measure: Measure }) {
  const [a, b] = measure.values;
  if (a == null || b == null || (!measure.absolute && a === 0)) return <td>–</td>;
  const value = measure.absolute ? b - a : ((b - a) / a) * 100;
  const shown = Math.round(value);
  const tone = !measure.matters || shown === 0 ? shared.even : shown > 0 ? shared.bad : shared.good;
  return (
    <td className={tone}>
      {signed(shown, (size) => (measure.absolute ? count(size) : `${size} %`))}
    </td>
  );
}
