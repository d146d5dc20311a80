import { useQuery } from "@tanstack/react-query";
import { type Release, type ReleaseEvent, trailQuery } from "../../api/releases";
import { exactTime, percent, plural, time } from "../../format";
import { ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import classes from "./releases.module.css";
import { ACTIONS } from "./words";

/** Who did what, when and why, and what the figures were. */
export function Trail({ release }: { release: Release }) {
  const { data, error, refetch } = useQuery(trailQuery(release.name));
  return (
    <section className={classes.part} aria-labelledby="trail-title">
      <h2 id="trail-title">What happened</h2>
      {data ? (
        <ol className={classes.trail}>
          {data.map((event) => (
            <Entry key={event.id} event={event} />
          ))}
        </ol>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <WaitingRows rows={2} head={0} />
      )}
    </section>
  );
}

function Entry({ event }: { event: ReleaseEvent }) {
  const seen = event.figures?.arms.reduce((all, arm) => all + arm.calls, 0);
  return (
    <li className={classes.entry} data-action={event.action}>
      <p className={classes.entryHead}>
        <b>{ACTIONS[event.action]}</b>
        <span>share {percent(event.share, 0)}</span>
        {event.actor && <span>by {event.actor === "pilothouse" ? "the rule" : event.actor}</span>}
        <time dateTime={event.at} title={exactTime(event.at)}>
          {time(event.at, false)}
        </time>
      </p>
      {event.reason && <p dir="auto">{event.reason}</p>}
      {event.figures && seen ? (
        <details className={classes.then}>
          <summary>What was known then, from {plural(seen, "call")}</summary>
          <p>{event.figures.sentence}</p>
          <ul>
            {event.figures.differences.map((one) => (
              <li key={`${one.arm} ${one.metric}`}>
                {one.arm}: {one.text}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </li>
  );
}
