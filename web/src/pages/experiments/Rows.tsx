import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { Experiment, ExperimentRow, Metric } from "../../api/evaluation";
import { useKeys } from "../../keys";
import { ScrollBox } from "../../parts/ScrollBox";
import { RowOfExample } from "./RowOfExample";
import classes from "./rows.module.css";
import { costPlaces, letterOf } from "./sides";

interface Props {
  ids: readonly string[];
  experiments: readonly Experiment[];
  rows: readonly ExperimentRow[];
  /** Of the scores that have a column. */
  names: readonly string[];
  metrics: readonly Metric[];
  open: string | undefined;
  onOpen: (id: string | undefined) => void;
}

/** The examples with what each experiment answered; keys open the traces. */
export function Rows({ ids, experiments, rows, names, metrics, open, onOpen }: Props) {
  const navigate = useNavigate();
  const body = useRef<HTMLTableSectionElement>(null);
  const [focused, setFocused] = useState(-1);
  const alone = ids.length === 1;
  const row = rows[focused];
  const places = costPlaces(
    rows.flatMap((one) =>
      Object.values(one.runs)
        .flat()
        .map((run) => run.cost.total),
    ),
  );

  function move(to: number) {
    const next = Math.min(Math.max(to, 0), rows.length - 1);
    setFocused(next);
    body.current?.rows[next]?.scrollIntoView({ block: "nearest" });
  }
  function openTrace(at: number) {
    const run = row?.runs[ids[at] ?? ""]?.[0];
    const project = experiments[at]?.project;
    if (run && project)
      void navigate({
        to: "/p/$project/trace/$traceId",
        params: { project, traceId: run.trace_id },
      });
  }
  function sideBySide() {
    const search = row && beside(row, ids, experiments);
    if (search)
      void navigate({
        to: "/p/$project/compare",
        params: { project: experiments[0]?.project ?? "" },
        search,
      });
  }
  useKeys("Examples", [
    { key: "j", what: "Next example", run: () => move(focused + 1) },
    { key: "k", what: "Previous example", run: () => move(focused - 1) },
    { key: "ArrowDown", what: "Next example", run: () => move(focused + 1), silent: true },
    { key: "ArrowUp", what: "Previous example", run: () => move(focused - 1), silent: true },
    {
      key: "Enter",
      what: "Whole texts",
      run: () => row && onOpen(open === row.example.id ? undefined : row.example.id),
    },
    ...ids.slice(0, 3).map((_, at) => ({
      key: letterOf(at).toLowerCase(),
      what: alone ? "Open the trace" : `Open the trace of ${letterOf(at)}`,
      run: () => openTrace(at),
    })),
    ...(alone ? [] : [{ key: "d", what: "Both traces side by side", run: sideBySide }]),
  ]);

  return (
    <ScrollBox className={classes.rowsBox} label="Examples">
      <table
        className={classes.rows}
        style={
          { "--least": `${(alone ? 560 : 720) + names.length * 104}px` } as React.CSSProperties
        }
      >
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col" className={alone ? undefined : classes.inputColumn}>
              Input
            </th>
            {alone ? (
              <>
                <th scope="col">Reference</th>
                <th scope="col">Output</th>
              </>
            ) : (
              ids.slice(1).map((id, at) => (
                <th key={id} scope="col" className={classes.legend}>
                  {ids.length > 2 ? `Output of ${letterOf(at + 1)}, ` : "Output, "}
                  <del>only A</del> <ins>only {letterOf(at + 1)}</ins>
                </th>
              ))
            )}
            {names.map((name) => (
              <th key={name} scope="col" data-number title={name}>
                {name}
              </th>
            ))}
            <th scope="col" data-number>
              Duration
            </th>
            <th scope="col" data-number>
              Cost
            </th>
            <th scope="col" className={classes.tracesColumn}>
              Traces
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((one, at) => (
            <RowOfExample
              key={one.example.id}
              row={one}
              at={at}
              ids={ids}
              experiments={experiments}
              names={names}
              metrics={metrics}
              costPlaces={places}
              focused={at === focused}
              open={open === one.example.id}
              onFocus={() => setFocused(at)}
              onToggle={() => onOpen(open === one.example.id ? undefined : one.example.id)}
            />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

/** The address values that put the first run of A beside that of B. */
export function beside(
  row: ExperimentRow,
  ids: readonly string[],
  experiments: readonly Experiment[],
): Record<string, string> | undefined {
  const a = row.runs[ids[0] ?? ""]?.[0];
  const b = row.runs[ids[1] ?? ""]?.[0];
  if (!a || !b) return undefined;
  return { a: a.trace_id, b: b.trace_id, pb: experiments[1]?.project ?? "" };
}
