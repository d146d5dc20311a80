import { Link } from "@tanstack/react-router";
import { cost, count, duration, time } from "../../format";
import { StatusMark } from "../../parts/StatusMark";
import { type Delta, delta, type Pair } from "../../trace/align";
import type { Trace } from "../../trace/model";
import { Change } from "./Change";
import classes from "./compare.module.css";
import { type Filter, keepPair } from "./pairs";

interface Props {
  project: string;
  projectB: string;
  a: Trace;
  b: Trace;
  pairs: Pair[];
  filter: Filter;
  setFilter: (filter: Filter) => void;
}

/** Sums of which neither more nor less is better. */
const NEUTRAL = new Set(["Input tokens", "Output tokens", "Spans"]);

const CHOICES: [Filter, string][] = [
  ["all", "All"],
  ["different", "Different"],
  ["only-a", "Only A"],
  ["only-b", "Only B"],
];

/** Both traces by name, their sums with what changed, and which steps to show. */
export function CompareHead({ project, projectB, a, b, pairs, filter, setFilter }: Props) {
  const sums: [string, Delta, (value: number | null) => string][] = [
    ["Duration", delta(a.duration_ms, b.duration_ms), duration],
    ["Input tokens", delta(a.usage?.input_tokens, b.usage?.input_tokens), count],
    ["Output tokens", delta(a.usage?.output_tokens, b.usage?.output_tokens), count],
    ["Cost", delta(a.cost?.total, b.cost?.total), cost],
    ["Spans", delta(a.span_count, b.span_count), count],
    ["Errors", delta(a.error_count, b.error_count), count],
  ];
  return (
    <>
      <header className={classes.head}>
        <div className={classes.sides}>
          <Side letter="A" project={project} trace={a} />
          <Side letter="B" project={projectB} trace={b} />
        </div>
        <table className={classes.sums}>
          <thead>
            <tr>
              <th scope="col">
                <span className="hidden-text">Measure</span>
              </th>
              {sums.map(([name]) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(["a", "b"] as const).map((side) => (
              <tr key={side}>
                <th scope="row">{side.toUpperCase()}</th>
                {sums.map(([name, value, write]) => (
                  <td key={name}>{write(value[side])}</td>
                ))}
              </tr>
            ))}
            <tr>
              <th scope="row">Change</th>
              {sums.map(([name, value, write]) => (
                <td key={name}>
                  <Change delta={value} write={write} neutral={NEUTRAL.has(name)} />
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </header>
      <div className={classes.filters} role="group" aria-label="Which steps">
        {CHOICES.map(([choice, name]) => (
          <button
            key={choice}
            type="button"
            className={classes.filter}
            aria-pressed={choice === filter}
            onClick={() => setFilter(choice)}
          >
            {name} <b>{count(pairs.filter((pair) => keepPair(pair, choice)).length)}</b>
          </button>
        ))}
        <span className={classes.key}>
          <del>only A</del> <ins>only B</ins>
        </span>
      </div>
    </>
  );
}

function Side({ letter, project, trace }: { letter: string; project: string; trace: Trace }) {
  return (
    <div className={classes.side}>
      <span className={classes.letter} data-letter={letter}>
        {letter}
      </span>
      <Link
        className={`${classes.sideName} ellipsis`}
        to="/p/$project/trace/$traceId"
        params={{ project, traceId: trace.trace_id }}
      >
        {trace.name || trace.trace_id}
      </Link>
      <StatusMark status={trace.status} />
      <span className={classes.sideTime}>{time(trace.start_time)}</span>
      <span className={`${classes.sideInput} ellipsis`} dir="auto">
        {trace.input_preview}
      </span>
    </div>
  );
}
