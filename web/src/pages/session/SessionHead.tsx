import { Link } from "@tanstack/react-router";
import { ThumbsDown } from "lucide-react";
import type { ReactNode } from "react";
import type { Session } from "../../api/types";
import { cost, count, duration, exactTime, plural, time } from "../../format";
import { CopyButton } from "../../parts/CopyButton";
import { ScorePill } from "../../parts/ScorePill";
import { latestByName } from "../../parts/scores";
import { tokensText } from "../../trace/usage";
import classes from "./session.module.css";
import type { Turn } from "./turns";

interface Props {
  project: string;
  session: Session;
  turns: readonly Turn[];
}

/** The session's id, its sums, and what went wrong in how many turns. */
export function SessionHead({ project, session, turns }: Props) {
  const downs = turns.filter((turn) => turn.thumb === "down").length;
  const again = turns.filter((turn) => turn.rephrased).length;
  const figures: [string, ReactNode][] = [
    ["Turns", count(session.trace_count)],
    ["Duration", duration(session.duration_ms)],
  ];
  const tokens = tokensText(session.usage);
  if (tokens) figures.push(["Tokens", tokens]);
  if (session.cost?.total != null) figures.push(["Cost", cost(session.cost.total)]);
  if (session.user_id) {
    figures.push([
      "User",
      <Link
        key="user"
        className="mono"
        to="/p/$project/users/$userId"
        params={{ project, userId: session.user_id }}
      >
        {session.user_id}
      </Link>,
    ]);
  }
  if (session.release) figures.push(["Release", session.release]);
  return (
    <header className={classes.head}>
      <div className={classes.line}>
        <h2 className={`${classes.name} ellipsis`} title={session.session_id}>
          {session.session_id}
        </h2>
        <CopyButton text={session.session_id} label="Copy session id" />
        {session.error_count > 0 && (
          <span className={classes.bad}>{plural(session.error_count, "turn")} failed</span>
        )}
        {downs > 0 && (
          <span className={classes.bad}>
            <ThumbsDown size={13} strokeWidth={1.75} aria-hidden /> {plural(downs, "thumb")} down
          </span>
        )}
        {again > 0 && <span className={classes.again}>asked again {plural(again, "time")}</span>}
        <span className={classes.right}>
          {[...latestByName(session.scores).values()].slice(0, 6).map((score) => (
            <span key={score.id}>
              <span className={classes.label}>{score.name}</span> <ScorePill score={score} />
            </span>
          ))}
        </span>
      </div>
      <div className={classes.figures}>
        <span className={classes.figure} title={exactTime(session.start_time)}>
          <b>{time(session.start_time)}</b>
        </span>
        {figures.map(([label, value]) => (
          <span key={label} className={classes.figure}>
            {label} <b>{value}</b>
          </span>
        ))}
      </div>
    </header>
  );
}
