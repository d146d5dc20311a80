import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { shortType, withoutType } from "../../errorText";
import { clock, cost, duration, time, UNKNOWN } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import { ScorePill } from "../../parts/ScorePill";
import { thumbOf } from "../../parts/scores";
import { keepPlace, keptPlace } from "../../place";
import classes from "./PhoneRows.module.css";
import type { Row } from "./rows";
import { useHeldRows } from "./useHeldRows";

interface Props {
  rows: readonly Row[];
  scores: readonly string[];
  clockOnly: boolean;
  /** Rows arrive on top by themselves. */
  live: boolean;
  onOpen: (row: Row) => void;
  onEnd: () => void;
}

const HEIGHT = 101;

/** The table on the phone: cells of four lines. */
export function PhoneRows({ rows, scores, clockOnly, live, onOpen, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    initialOffset: () => keptPlace()?.top ?? 0,
    estimateSize: () => HEIGHT,
    overscan: 6,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useHeldRows(scroller, rows, HEIGHT, live);

  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 10) onEnd();
  }, [last, rows.length, onEnd]);

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      onScroll={(event) => keepPlace({ top: event.currentTarget.scrollTop })}
    >
      <ul className={classes.list} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li
                key={row.id}
                className={classes.item}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <button type="button" className={classes.row} onClick={() => onOpen(row)}>
                  <Lines row={row} scores={scores} clockOnly={clockOnly} />
                </button>
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

interface LinesProps {
  row: Row;
  scores: readonly string[];
  clockOnly: boolean;
}

function Lines({ row, scores, clockOnly }: LinesProps) {
  const failed = row.status === "error";
  return (
    <>
      {failed && <span className={classes.edge} />}
      <span className={classes.first}>
        {row.kind && <KindIcon kind={row.kind} />}
        <span className={`${classes.name} ellipsis`}>{row.name}</span>
        <span className={`${classes.time} num`}>
          {clockOnly ? clock(row.start) : time(row.start)}
        </span>
      </span>
      <span className={`${classes.line} ellipsis`} dir="auto">
        {row.input?.replace(/\s+/g, " ") ?? UNKNOWN}
      </span>
      {failed && (row.errorType || row.statusMessage) ? (
        <span className={`${classes.line} ${classes.second} ellipsis`}>
          <b>{shortType(row.errorType) ?? "Error"}</b>
          {row.statusMessage && `: ${withoutType(row.statusMessage, row.errorType)}`}
        </span>
      ) : (
        <span className={`${classes.line} ${classes.second} ellipsis`} dir="auto">
          {row.output?.replace(/\s+/g, " ") ?? UNKNOWN}
        </span>
      )}
      <span className={`${classes.last} num`}>
        {row.models.length > 0 && <span className="ellipsis">{row.models.join(", ")}</span>}
        <span>{duration(row.durationMs)}</span>
        {row.cost !== null && <span>{cost(row.cost, 4)}</span>}
        <span className={classes.scores}>
          {phoneScores(row, scores).map((score) => (
            <ScorePill key={score.name} score={score} />
          ))}
        </span>
      </span>
    </>
  );
}

/** Thumbs first, then the value, at most one of each. */
function phoneScores(row: Row, names: readonly string[]) {
  const scores = names.flatMap((name) => row.scores.get(name) ?? []);
  const thumb = scores.find((score) => thumbOf(score) !== null);
  const value = scores.find((score) => thumbOf(score) === null && score.value !== null);
  return [thumb, value].filter((score) => score !== undefined);
}
