import { useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { type Alert, type AlertEvent, type Delivery, historyQuery } from "../../api/alerts";
import { duration, exactTime, plural, time } from "../../format";
import { Listed } from "../../parts/Listed";
import { EmptyState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { type Episode, episodesOf, eventText, SILENCES } from "./episodes";
import classes from "./episodes.module.css";
import { readingText, unitOf } from "./measures";
import { LevelMark } from "./StandingMark";

/** What happened to a rule, an entry an episode, and who was told of it. */
export function EpisodeList({ rule }: { rule: Alert }) {
  const history = useInfiniteQuery(historyQuery(rule.id));
  return (
    <section className={classes.history} aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      <Listed
        list={history}
        waiting={<WaitingRows rows={3} head={0} />}
        empty={
          <EmptyState icon={History} title="Nothing has happened yet">
            Each time that a bound is met stands here, with who was told of it and when.
          </EmptyState>
        }
      >
        {(events) => (
          <ol className={classes.episodes}>
            {episodesOf(events, rule.condition).map((one) => (
              <li key={one.id}>
                {"events" in one ? <Spell rule={rule} episode={one} /> : <Happened event={one} />}
              </li>
            ))}
          </ol>
        )}
      </Listed>
    </section>
  );
}

function Spell({ rule, episode }: { rule: Alert; episode: Episode }) {
  const { openedAt, endedAt, level, group, events } = episode;
  const lasted = Date.parse(endedAt ?? new Date().toISOString()) - Date.parse(openedAt);
  return (
    <>
      <p className={classes.episode}>
        <LevelMark standing={level} />
        <span title={exactTime(openedAt)}>{time(openedAt, false)}</span>
        <span>
          {endedAt ? "lasted" : "open for"} {duration(lasted)}
        </span>
        {group !== null && (
          <b className="ellipsis" title={group} dir="auto">
            {group}
          </b>
        )}
        <span className={classes.peak}>
          worst{" "}
          <b>
            {readingText(
              rule.condition,
              { value: episode.peak, figure: episode.figure },
              unitOf(rule.measure),
            )}
          </b>
        </span>
      </p>
      <ul className={classes.events}>
        {events.map((event) => (
          <li key={event.id}>
            <Happened event={event} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Happened({ event }: { event: AlertEvent }) {
  return (
    <p className={classes.event}>
      <span className="num" title={exactTime(event.at)}>
        {time(event.at, false)}
      </span>
      <span data-bad={event.kind === "error" || undefined}>
        {eventText(event)}
        {event.detail && `: ${event.detail}`}
      </span>
      <span className={classes.told}>
        {event.deliveries.map((one) => (
          <Told key={`${one.message_id}${one.channel}`} delivery={one} />
        ))}
        {SILENCES[event.silence]}
      </span>
    </p>
  );
}

function Told({ delivery }: { delivery: Delivery }) {
  const { channel, status, attempts, error, at } = delivery;
  const failed = attempts > 0 && status !== "sent";
  return (
    <span data-bad={failed || undefined} title={error ?? exactTime(at)}>
      {channel}:{" "}
      {status === "sent"
        ? `told at ${time(at, false)}`
        : status === "given_up"
          ? `given up after ${plural(attempts, "try", "tries")}`
          : attempts > 0
            ? `tried ${plural(attempts, "time")}, again at ${time(at, false)}`
            : "on its way"}
      {failed && error && ` (${error})`}
    </span>
  );
}
