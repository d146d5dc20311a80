import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import type { Experiment } from "../../api/evaluation";
import {
  ago,
  compact,
  cost,
  costDigits,
  count,
  duration,
  exactTime,
  percent,
  score,
} from "../../format";
import { RowTick } from "../../parts/RowTick";
import { ScrollBox } from "../../parts/ScrollBox";
import table from "../../parts/table.module.css";
import { useLinkKeys } from "../datasets/useLinkKeys";
import shared from "./experiments.module.css";
import classes from "./list.module.css";
import { scoreNames } from "./overTime";

const MOST_SCORES = 8;

interface Props {
  experiments: readonly Experiment[];
  /** Names of datasets by id, where the list is of several. */
  datasets?: ReadonlyMap<string, string>;
  ticked: ReadonlySet<string>;
  onTick: (id: string, on: boolean) => void;
}

/** One row an experiment with what was measured of it. */
export function ExperimentTable({ experiments, datasets, ticked, onTick }: Props) {
  const body = useRef<HTMLTableSectionElement>(null);
  useLinkKeys("Experiments", body, "experiment");
  const names = scoreNames(experiments).slice(0, MOST_SCORES);
  const digits = costDigits(experiments.map((one) => one.stats?.cost.total));
  return (
    <ScrollBox className={classes.tableBox} label="All experiments">
      <table
        className={`${table.table} ${classes.experiments}`}
        style={{ "--scores": names.length } as React.CSSProperties}
      >
        <thead>
          <tr>
            <th scope="col" className={classes.tickColumn}>
              <span className="hidden-text">Select</span>
            </th>
            <th scope="col" className={classes.nameColumn}>
              Name
            </th>
            {datasets && (
              <th scope="col" className={`${classes.setColumn} ${shared.wideOnly}`}>
                Dataset
              </th>
            )}
            {names.map((name) => (
              <th key={name} scope="col" className={table.number} title={name}>
                {name}
              </th>
            ))}
            <th scope="col" className={`${table.number} ${shared.wideOnly}`}>
              Examples
            </th>
            <th scope="col" className={`${table.number} ${shared.wideOnly}`}>
              Errors
            </th>
            <th scope="col" className={`${table.number} ${shared.wideOnly}`}>
              p50
            </th>
            <th scope="col" className={`${table.number} ${shared.wideOnly}`}>
              Tokens
            </th>
            <th scope="col" className={`${table.number} ${shared.wideOnly}`}>
              Cost
            </th>
            <th scope="col" className={table.number}>
              Begun
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {experiments.map((experiment) => {
            const { stats } = experiment;
            const means = new Map(stats?.scores.map((one) => [one.name, one]));
            return (
              <tr
                key={experiment.id}
                className={table.row}
                data-ticked={ticked.has(experiment.id) || undefined}
              >
                <td className={classes.tickCell}>
                  <RowTick
                    label={`Select ${experiment.name}`}
                    checked={ticked.has(experiment.id)}
                    onChange={(event) => onTick(experiment.id, event.currentTarget.checked)}
                  />
                </td>
                <td>
                  <Link
                    to="/experiments/$experimentIds"
                    params={{ experimentIds: experiment.id }}
                    className={table.rowLink}
                    title={experiment.description || experiment.name}
                  >
                    {experiment.name}
                  </Link>
                </td>
                {datasets && (
                  <td className={`${shared.quiet} ${shared.wideOnly}`}>
                    {datasets.get(experiment.dataset_id) ?? ""}
                  </td>
                )}
                {names.map((name) => {
                  const found = means.get(name);
                  return (
                    <td
                      key={name}
                      className={table.number}
                      title={found ? `n ${count(found.n)}` : undefined}
                    >
                      {score(found?.mean)}
                    </td>
                  );
                })}
                <td className={`${table.number} ${shared.wideOnly}`}>
                  {count(stats?.example_count)}
                </td>
                <td
                  className={`${table.number} ${shared.wideOnly}`}
                  data-bad={(stats?.error_count ?? 0) > 0 || undefined}
                  title={stats ? `${count(stats.error_count)} of ${count(stats.run_count)}` : ""}
                >
                  {percent(stats?.error_rate)}
                </td>
                <td className={`${table.number} ${shared.wideOnly}`}>
                  {duration(stats?.latency_p50_ms)}
                </td>
                <td className={`${table.number} ${shared.wideOnly}`}>
                  {compact(stats?.usage.total_tokens)}
                </td>
                <td className={`${table.number} ${shared.wideOnly}`}>
                  {cost(stats?.cost.total, digits)}
                </td>
                <td className={table.number} title={exactTime(experiment.created_at)}>
                  {experiment.ended_at === null && stats?.run_count === 0
                    ? "no runs yet"
                    : ago(experiment.created_at)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollBox>
  );
}
