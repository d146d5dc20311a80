import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Experiment, ExperimentRow, Metric, Run } from "../../api/evaluation";
import { cost, duration, plural, UNKNOWN } from "../../format";
import { WordDiff } from "../../trace/parts/WordDiff";
import { wholeText } from "../datasets/values";
import shared from "./experiments.module.css";
import { wholeRowQuery } from "./queries";
import classes from "./rows.module.css";
import { ScoreCell } from "./ScoreCell";
import { letterOf, meanOf, signed } from "./sides";

interface Props {
  row: ExperimentRow;
  at: number;
  ids: readonly string[];
  experiments: readonly Experiment[];
  names: readonly string[];
  metrics: readonly Metric[];
  /** The decimal places of the whole column of costs. */
  costPlaces: number;
  focused: boolean;
  open: boolean;
  onFocus: () => void;
  onToggle: () => void;
}

/** One example: what went in, what each experiment made of it, and how that was judged. */
export function RowOfExample(props: Props) {
  const { ids, names, metrics, open } = props;
  const whole = useQuery({
    ...wholeRowQuery(ids, props.row.example.id),
    enabled: open,
  });
  const row = (open && whole.data) || props.row;
  const alone = ids.length === 1;
  const runsOf = (id: string | undefined): readonly Run[] => row.runs[id ?? ""] ?? [];
  const base = runsOf(ids[0]);
  const others = ids.slice(1);
  return (
    <tr
      data-focused={props.focused || undefined}
      data-open={open || undefined}
      aria-selected={props.focused}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest("a, button")) return;
        if (window.getSelection()?.toString()) return;
        props.onFocus();
        props.onToggle();
      }}
    >
      <td data-label="#">{props.at + 1}</td>
      <td>
        <span className={classes.text} dir="auto">
          {wholeText(row.example.inputs) || UNKNOWN}
        </span>
      </td>
      {alone ? (
        <>
          <td>
            <span className={`${classes.text} ${classes.output}`} dir="auto">
              {wholeText(row.example.outputs) || UNKNOWN}
            </span>
          </td>
          <td>
            <Output runs={base} />
          </td>
        </>
      ) : (
        others.map((id) => (
          <td key={id}>
            <OutputDiff a={base} b={runsOf(id)} />
          </td>
        ))
      )}
      {names.map((name) => (
        <ScoreCell
          key={name}
          name={name}
          base={base}
          others={others.map(runsOf)}
          lowerIsBetter={metrics.find((one) => one.name === name)?.lower_is_better ?? false}
        />
      ))}
      <td data-number data-label="Duration">
        <Measured
          base={base}
          others={others.map(runsOf)}
          read={(run) => run.duration_ms}
          write={duration}
        />
      </td>
      <td data-number data-label="Cost">
        <Measured
          base={base}
          others={others.map(runsOf)}
          read={(run) => run.cost.total}
          write={(value) => cost(value, props.costPlaces)}
        />
      </td>
      <td className={classes.traces}>
        {ids.map((id, at) => {
          const project = props.experiments[at]?.project ?? "";
          return runsOf(id).map((run, repetition, all) => (
            <Link
              key={run.trace_id}
              to="/p/$project/trace/$traceId"
              params={{ project, traceId: run.trace_id }}
              title={`Open the trace of ${props.experiments[at]?.name}${all.length > 1 ? `, repetition ${run.repetition}` : ""}`}
              aria-label={`Trace ${letterOf(at)}${all.length > 1 ? repetition + 1 : ""}`}
            >
              {letterOf(at)}
              {all.length > 1 && <sub>{repetition + 1}</sub>}
            </Link>
          ));
        })}
      </td>
    </tr>
  );
}

function failure(run: Run): string {
  return [run.error_type, run.status_message].filter(Boolean).join(": ") || "failed";
}

function Output({ runs }: { runs: readonly Run[] }) {
  const [run] = runs;
  if (!run) return <span className={shared.quiet}>not run</span>;
  return (
    <span className={classes.text} dir="auto">
      {run.status === "error" && <span className={classes.failed}>{failure(run)} </span>}
      {run.output || (run.status === "error" ? "" : UNKNOWN)}
      {runs.length > 1 && (
        <span className={shared.quiet}> first of {plural(runs.length, "run")}</span>
      )}
    </span>
  );
}

/** The first outputs of two experiments as one text. */
function OutputDiff({ a, b }: { a: readonly Run[]; b: readonly Run[] }) {
  const [left] = a;
  const [right] = b;
  if (!right || !left)
    return (
      <>
        {!right && <span className={shared.quiet}>not run</span>}
        {!left && <Output runs={b} />}
      </>
    );
  return (
    <div className={`${classes.text} ${classes.output}`}>
      {left.status === "error" && right.status !== "error" && (
        <span className={shared.quiet}>A failed. </span>
      )}
      {right.status === "error" && <span className={classes.failed}>{failure(right)} </span>}
      <WordDiff a={left.output} b={right.output} />
    </div>
  );
}

interface MeasuredProps {
  base: readonly Run[];
  others: readonly (readonly Run[])[];
  read: (run: Run) => number | null;
  write: (value: number | null) => string;
}

/** A measure of one experiment, or what the others need more of it than the baseline. */
function Measured({ base, others, read, write }: MeasuredProps) {
  const mean = meanOf(base, read);
  if (others.length === 0) return write(mean);
  return others.map((runs, at) => {
    const letter = letterOf(at + 1);
    const other = meanOf(runs, read);
    const change = mean === null || other === null ? null : other - mean;
    return (
      <div key={letter} title={`${write(mean)} → ${write(other)}`}>
        {others.length > 1 && <span className={shared.quiet}>{letter} </span>}
        {signed(change, write)}
      </div>
    );
  });
}
