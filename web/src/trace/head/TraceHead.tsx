import { Link } from "@tanstack/react-router";
import { ChevronRight, CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useAddress } from "../../address";
import { clock, cost, count, duration, exactTime, time } from "../../format";
import { Kbd } from "../../parts/Kbd";
import { ScorePill } from "../../parts/ScorePill";
import { StatusMark } from "../../parts/StatusMark";
import { latestByName } from "../../parts/scores";
import type { Score } from "../model";
import { tokensText } from "../usage";
import { useTraceView } from "../view";
import classes from "./head.module.css";

/** Name, status, the root error, figures, scores and tags of a trace. */
export function TraceHead() {
  const { trace, tree, share } = useTraceView();
  const [, change] = useAddress();
  const running = tree.nodes.some((node) => node.unfinished);
  const scores = allScores(trace.scores ?? [], tree.roots[0]?.span.scores ?? []);
  return (
    <header className={classes.head}>
      <div className={classes.line}>
        <h2 className={`${classes.name} ellipsis`} title={trace.name ?? undefined} dir="auto">
          {trace.name || "unnamed"}
        </h2>
        <StatusMark status={trace.status} />
        {running && <span className={classes.running}>running</span>}
        <PhoneFigures />
        <RootError />
        <span className={classes.right}>
          {[...scores.values()].slice(0, 6).map((score) => (
            <button
              key={score.id}
              type="button"
              className={classes.score}
              disabled={share !== undefined}
              onClick={() => change({ span: tree.roots[0]?.span.span_id, tab: "scores" })}
            >
              <span className={classes.label}>{score.name}</span> <ScorePill score={score} />
            </button>
          ))}
          {(trace.tags ?? []).slice(0, 8).map((tag) => (
            <span key={tag} className={classes.tag} title={tag}>
              {tag}
            </span>
          ))}
        </span>
      </div>
      <Figures />
    </header>
  );
}

function allScores(own: Score[], root: Score[]): Map<string, Score> {
  const byId = new Map([...own, ...root].map((score) => [score.id, score]));
  return latestByName([...byId.values()]);
}

/** The error nearest to the root cause, one press away. */
function RootError() {
  const { cause, select } = useTraceView();
  if (!cause) return null;
  return (
    <button
      type="button"
      className={classes.error}
      onClick={() => select(cause.node.span.span_id)}
      title="Go to the error  e"
    >
      <CircleAlert size={14} strokeWidth={1.75} aria-hidden />
      <span className={`${classes.errorTitle} ellipsis`}>
        {cause.title} in {cause.within.span.tool_name ?? cause.within.span.name}
      </span>
      {cause.recovered && (
        <span className={classes.recovered}>
          {cause.recovered === "handled" ? "handled" : `recovered ${cause.recovered}`}
        </span>
      )}
      <Kbd>e</Kbd>
      <ChevronRight className={classes.go} size={16} strokeWidth={1.75} aria-hidden />
    </button>
  );
}

function PhoneFigures() {
  const { trace } = useTraceView();
  return (
    <span className={classes.phone}>
      <b>{duration(trace.duration_ms)}</b>
      {trace.usage?.total_tokens != null && (
        <span>
          <b>{count(trace.usage.total_tokens)}</b> tokens
        </span>
      )}
      {trace.cost?.total != null && <b>{cost(trace.cost.total)}</b>}
      <span className={classes.phoneTime}>{clock(trace.start_time)}</span>
    </span>
  );
}

function Figures() {
  const { trace, project, share } = useTraceView();
  const figures: [string, ReactNode][] = [["Duration", duration(trace.duration_ms)]];
  if (trace.time_to_first_token_ms != null)
    figures.push(["First token", duration(trace.time_to_first_token_ms)]);
  if (trace.usage && tokensText(trace.usage)) figures.push(["Tokens", tokensText(trace.usage)]);
  if (trace.cost?.total != null) figures.push(["Cost", cost(trace.cost.total)]);
  if (trace.session_id) {
    figures.push([
      "Session",
      share ? (
        <code key="session">{trace.session_id}</code>
      ) : (
        <Link
          key="session"
          className="mono"
          to="/p/$project/sessions/$sessionId"
          params={{ project, sessionId: trace.session_id }}
          search={{ trace: trace.trace_id }}
        >
          {trace.session_id}
        </Link>
      ),
    ]);
  }
  if (trace.user_id) {
    figures.push([
      "User",
      share ? (
        <code key="user">{trace.user_id}</code>
      ) : (
        <Link
          key="user"
          className="mono"
          to="/p/$project/users/$userId"
          params={{ project, userId: trace.user_id }}
        >
          {trace.user_id}
        </Link>
      ),
    ]);
  }
  if (trace.environment && trace.environment !== "production")
    figures.push(["Environment", trace.environment]);
  if (trace.release) figures.push(["Release", trace.release]);
  return (
    <div className={classes.figures}>
      <span className={classes.figure} title={exactTime(trace.start_time)}>
        <b>{time(trace.start_time)}</b>
      </span>
      {figures.map(([label, value]) => (
        <span key={label} className={classes.figure}>
          {label} <b>{value}</b>
        </span>
      ))}
    </div>
  );
}
