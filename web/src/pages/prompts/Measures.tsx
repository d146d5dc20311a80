import { useQuery } from "@tanstack/react-query";
import { ChartNoAxesColumn } from "lucide-react";
import { useState } from "react";
import { get, send } from "../../api/client";
import { keys } from "../../api/keys";
import type { MetricsAnswer } from "../../api/types";
import { compact, cost, costDigits, count, duration, percent, score } from "../../format";
import { WaitingPage } from "../../parts/Fetched";
import { EmptyState, ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { beginning, DAYS, filterOf, type Measured, measuredOf, questionOf } from "./byVersion";
import classes from "./prompts.module.css";
import type { Prompt, Version } from "./queries";

const MOST_SCORES = 4;

interface ScoreFacet {
  values: { value: string }[];
}

interface Props {
  prompt: Prompt;
  rows: readonly Version[];
  onChoose: (version: number) => void;
}

/** How the versions of a prompt did in the traces that name them. */
export function Measures({ prompt, rows, onChoose }: Props) {
  const [from] = useState(() => beginning(new Date()));
  const facet = { field: "scores", scope: "spans", filter: filterOf(prompt.name), from };
  const scores = useQuery({
    queryKey: keys.facets(facet),
    queryFn: ({ signal }) => get<ScoreFacet>("facets", facet, signal),
    select: ({ values }) => values.slice(0, MOST_SCORES).map((one) => one.value),
  });
  const names = scores.data ?? [];
  const question = questionOf(prompt.name, from, names);
  const answer = useQuery({
    queryKey: keys.metrics(question),
    queryFn: ({ signal }) => send<MetricsAnswer>("POST", "metrics/query", question, signal),
    enabled: !scores.isPending, // without names of scores the other figures stand alone
  });
  if (answer.error)
    return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <WaitingPage />;
  const measured = measuredOf(answer.data, rows, names);
  if (measured.length === 0)
    return (
      <EmptyState
        icon={ChartNoAxesColumn}
        title={`No run of the last ${DAYS} days names this prompt`}
      >
        Runs are counted whose spans carry <code>gen_ai.prompt.name</code>{" "}
        <code>"{prompt.name}"</code> and <code>gen_ai.prompt.version</code>, as the number or the
        hash of a version.
      </EmptyState>
    );
  return <MeasureTable measured={measured} names={names} onChoose={onChoose} />;
}

interface TableProps {
  measured: readonly Measured[];
  names: readonly string[];
  onChoose: (version: number) => void;
}

function MeasureTable({ measured, names, onChoose }: TableProps) {
  const digits = costDigits(measured.map((row) => row.cost));
  return (
    <div className={classes.measures}>
      <table className={`${table.table} ${classes.measureTable}`}>
        <caption>
          Runs of the last {DAYS} days, in all projects; tokens and cost are those of one run.
        </caption>
        <thead>
          <tr>
            <th scope="col">Version</th>
            {["Runs", "Errors", "p50", "p95", "Tokens", "Cost", ...names].map((name) => (
              <th key={name} scope="col" className={table.number} title={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {measured.map((row) => (
            <tr key={row.ref ?? ""}>
              <td>
                <Named row={row} onChoose={onChoose} />
              </td>
              <td className={table.number}>{count(row.runs)}</td>
              <td className={table.number} data-bad={(row.errorRate ?? 0) > 0 || undefined}>
                {percent(row.errorRate)}
              </td>
              <td className={table.number}>{duration(row.p50)}</td>
              <td className={table.number}>{duration(row.p95)}</td>
              <td className={table.number}>{compact(row.tokens)}</td>
              <td className={table.number}>{cost(row.cost, digits)}</td>
              {row.scores.map(({ name, mean, n }) => (
                <td key={name} className={table.number} title={`n ${count(n)}`}>
                  {score(mean)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Named({ row, onChoose }: { row: Measured; onChoose: (version: number) => void }) {
  const { version } = row;
  if (!version)
    return row.ref === null ? (
      <span className={classes.quiet}>none named</span>
    ) : (
      <span title={`${row.ref} is no version that stands here`}>{row.ref}</span>
    );
  return (
    <>
      <button
        type="button"
        className={classes.measuredVersion}
        aria-label={`Show version ${version.version}`}
        onClick={() => onChoose(version.version)}
      >
        {version.version}
      </button>
      {version.labels.map((label) => (
        <span key={label} className={classes.label}>
          {label}
        </span>
      ))}
    </>
  );
}
