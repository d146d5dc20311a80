import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import { Whisker } from "../../charts/Whisker";
import { count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import { ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import {
  AXIS,
  type Correlation,
  type Correlations,
  coefficientText,
  giversOf,
  kindName,
  notesOf,
  verdictOf,
} from "./correlations";
import classes from "./pairs.module.css";
import type { Asked } from "./questions";
import { Section } from "./Section";

const FIRST = 6;

/** How the scores of the same traces go together: users' feedback against evaluators first. */
export function ScorePairs({ asked }: { asked: Asked }) {
  const { project, from, to, filter } = asked;
  const params = { project, from, to, filter: filter || undefined };
  const { data, error, refetch } = useQuery({
    queryKey: keys.correlations(params),
    queryFn: ({ signal }) => get<Correlations>("scores/correlations", params, signal),
    placeholderData: (before) => before,
  });
  const [all, setAll] = useState(false);
  if (!data && !error) return null;
  if (data && data.items.length === 0) return null; // the means above say what there is
  const items = data?.items ?? [];
  const shown = all ? items : items.slice(0, FIRST);
  return (
    <Section title="How scores go together" wide>
      <div className={classes.pairs}>
        {data ? (
          <>
            <ColumnTable
              className={classes.table}
              columns={COLUMNS}
              rows={shown}
              keyOf={({ first, second }) => JSON.stringify([first.name, second.name])}
            />
            {items.length > shown.length && (
              <Button small look="quiet" onClick={() => setAll(true)}>
                Show all {plural(items.length, "pair")}
              </Button>
            )}
            {notesOf(data).map((note) => (
              <p key={note} className={classes.note}>
                {note}
              </p>
            ))}
          </>
        ) : (
          <ErrorState error={error} onRetry={refetch} />
        )}
      </div>
    </Section>
  );
}

const COLUMNS: readonly Column<Correlation>[] = [
  {
    label: "Scores",
    className: classes.names,
    title: ({ first, second }) => `${first.name} and ${second.name}`,
    cell: ({ first, second }) => (
      <>
        <b dir="auto">{first.name}</b> <span className={classes.giver}>{giversOf(first)}</span>
        {" and "}
        <b dir="auto">{second.name}</b> <span className={classes.giver}>{giversOf(second)}</span>
      </>
    ),
  },
  { label: "n", className: `${table.number} ${classes.n}`, cell: ({ n }) => count(n) },
  {
    label: "Coefficient",
    className: `${table.number} ${classes.coefficient}`,
    title: kindName,
    cell: ({ coefficient }) => coefficientText(coefficient),
  },
  { label: "By", className: `${classes.kind} ${table.second}`, cell: kindName },
  {
    label: "−1 to 1, with its interval",
    className: classes.plot,
    cell: (pair) =>
      pair.coefficient === null ? null : (
        <Whisker
          axis={AXIS}
          value={pair.coefficient}
          low={pair.low}
          high={pair.high}
          tone={pair.is_clear ? "decided" : "open"}
          said={saidOf(pair)}
        />
      ),
  },
  { label: "Verdict", className: classes.verdict, cell: verdictOf },
];

function saidOf({ coefficient, low, high }: Correlation): string {
  const between = `between ${coefficientText(low)} and ${coefficientText(high)}`;
  return `${coefficientText(coefficient)}, ${between}`;
}
