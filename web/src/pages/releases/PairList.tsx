import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Pair, pairsQuery, type Release } from "../../api/releases";
import { ago, cost, duration, exactTime } from "../../format";
import classes from "./releases.module.css";

const SHOWN = 6;

/** The newest answers of a shadow, each with the way to the call that it stands next to. */
export function PairList({ release }: { release: Release }) {
  const { data = [] } = useQuery(pairsQuery(release.name));
  if (data.length === 0) return null;
  return (
    <section className={classes.part} aria-labelledby="pairs-title">
      <h2 id="pairs-title">Newest answers of the shadow</h2>
      <ol className={classes.pairs}>
        {data.slice(0, SHOWN).map((pair) => (
          <Entry key={pair.span_id} pair={pair} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ pair }: { pair: Pair }) {
  return (
    <li className={classes.pair} data-error={pair.status === "error" || undefined}>
      <p className={classes.pairText} dir="auto">
        {pair.status === "error" ? pair.status_message : pair.output_preview}
      </p>
      <p className={classes.entryHead}>
        <span title={exactTime(pair.at)}>{ago(pair.at)}</span>
        <span>{duration(pair.duration_ms)}</span>
        {pair.cost_usd !== null && <span>{cost(pair.cost_usd)}</span>}
        <Link
          to="/p/$project/trace/$traceId"
          params={{ project: pair.primary_project, traceId: pair.primary_trace_id }}
        >
          The user's call
        </Link>
        <Link
          to="/p/$project/trace/$traceId"
          params={{ project: pair.project, traceId: pair.trace_id }}
        >
          The shadow
        </Link>
      </p>
    </li>
  );
}
