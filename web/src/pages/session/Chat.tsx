import { Link } from "@tanstack/react-router";
import { CircleAlert, CornerUpLeft } from "lucide-react";
import { useEffect, useRef } from "react";
import { clock, cost, day, duration, exactTime, plural } from "../../format";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { ScorePill } from "../../parts/ScorePill";
import { ScrollBox } from "../../parts/ScrollBox";
import { LongText } from "../../trace/parts/LongText";
import { withoutType } from "../../trace/rootcause";
import { tokensText } from "../../trace/usage";
import classes from "./session.module.css";
import type { Turn } from "./turns";

interface Props {
  project: string;
  turns: readonly Turn[];
  chosen: string | undefined;
  /** Loads further turns; null when all are there. */
  more: (() => void) | null;
  left: number;
}

/** The turns as a chat: the user right, the answer without a bubble, the figures beneath. */
export function Chat({ project, turns, chosen, more, left }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!chosen) return;
    box.current
      ?.querySelector(`[data-trace="${CSS.escape(chosen)}"]`)
      ?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <ScrollBox ref={box} className={classes.scroll} role="group" label="Turns">
      <ol className={classes.chat}>
        {turns.map((turn, at) => (
          <TurnView
            key={turn.trace.trace_id}
            project={project}
            turn={turn}
            newDay={day(turn.trace.start_time) !== day(turns[at - 1]?.trace.start_time)}
            chosen={turn.trace.trace_id === chosen}
          />
        ))}
      </ol>
      {more && (
        <p className={classes.more}>
          <Button onClick={more}>Show {plural(left, "further turn")}</Button>
        </p>
      )}
    </ScrollBox>
  );
}

interface TurnProps {
  project: string;
  turn: Turn;
  newDay: boolean;
  chosen: boolean;
}

function TurnView({ project, turn, newDay, chosen }: TurnProps) {
  const { trace } = turn;
  const failed = trace.status === "error";
  return (
    <li
      className={classes.turn}
      data-chosen={chosen || undefined}
      data-trace={trace.trace_id}
      aria-current={chosen || undefined}
    >
      {newDay && <p className={classes.day}>{day(trace.start_time)}</p>}
      {turn.asked && (
        <div className={classes.asked}>
          {turn.rephrased && (
            <p className={classes.rephrased}>
              <CornerUpLeft size={12} strokeWidth={1.75} aria-hidden /> asked again in other words
            </p>
          )}
          <div className={classes.bubble} dir="auto">
            <LongText text={turn.asked} markdown />
          </div>
        </div>
      )}
      {turn.answered && (
        <div className={classes.answer} dir="auto">
          <LongText text={turn.answered} markdown />
        </div>
      )}
      {failed && (
        <p className={classes.error}>
          <CircleAlert size={14} strokeWidth={1.75} aria-hidden />
          <span>
            <b>{trace.error_type ?? "Error"}</b>
            {trace.status_message &&
              `: ${withoutType(trace.error_type ?? "", trace.status_message)}`}
          </span>
        </p>
      )}
      <Meta project={project} turn={turn} />
    </li>
  );
}

function Meta({ project, turn }: { project: string; turn: Turn }) {
  const { trace } = turn;
  const figures = [
    duration(trace.duration_ms),
    tokensText(trace.usage),
    trace.cost?.total == null ? null : cost(trace.cost.total),
    trace.tools.length > 0 ? trace.tools.slice(0, 4).join(", ") : null,
  ].filter((one) => one !== null);
  return (
    <p className={classes.meta}>
      <Link to="/p/$project/trace/$traceId" params={{ project, traceId: trace.trace_id }}>
        {trace.name || "trace"}
      </Link>
      <span title={exactTime(trace.start_time)}>{clock(trace.start_time)}</span>
      {figures.map((figure) => (
        <span key={figure}>{figure}</span>
      ))}
      {turn.scores.map((score) => (
        <span key={score.id} className={classes.turnScore}>
          {score.name} <ScorePill score={score} />
        </span>
      ))}
      {turn.answered && <CopyButton text={turn.answered} label="Copy answer" />}
    </p>
  );
}
