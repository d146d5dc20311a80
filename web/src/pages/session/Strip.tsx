import { duration } from "../../format";
import classes from "./session.module.css";
import type { Turn } from "./turns";

interface Props {
  turns: readonly Turn[];
  chosen: string | undefined;
  choose: (traceId: string) => void;
}

/** The turns as bars: how long each took, which failed, which pleased or not. */
export function Strip({ turns, chosen, choose }: Props) {
  const longest = Math.max(1, ...turns.map((turn) => turn.trace.duration_ms ?? 0));
  return (
    <div className={classes.strip} role="group" aria-label="Turns by duration">
      <span className={classes.scale} aria-hidden>
        {duration(longest)}
      </span>
      <div className={classes.bars}>
        {turns.map((turn, at) => {
          const { trace_id: id, duration_ms: ms, status } = turn.trace;
          return (
            <button
              key={id}
              type="button"
              className={classes.barSlot}
              aria-pressed={id === chosen}
              title={describe(turn, at)}
              aria-label={describe(turn, at)}
              onClick={() => choose(id)}
            >
              <i
                className={classes.bar}
                data-failed={status === "error" || undefined}
                style={{ height: `${Math.max(4, ((ms ?? 0) / longest) * 100)}%` }}
              />
              <i
                className={classes.mood}
                data-thumb={turn.thumb ?? (turn.rephrased ? "again" : undefined)}
              />
            </button>
          );
        })}
      </div>
    </div>
  );
}

function describe(turn: Turn, at: number): string {
  const parts = [`Turn ${at + 1}`, duration(turn.trace.duration_ms)];
  if (turn.trace.status === "error") parts.push("failed");
  if (turn.thumb) parts.push(`thumb ${turn.thumb}`);
  if (turn.rephrased) parts.push("asked again");
  return parts.join(", ");
}
