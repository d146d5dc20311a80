import { Link } from "@tanstack/react-router";
import { type CSSProperties, type KeyboardEvent, useRef } from "react";
import { time } from "../format";
import type { Cluster } from "./marks";
import classes from "./marks.module.css";

const NAMED = 6;
const WIDEST = 340;

interface Props {
  clusters: readonly Cluster[];
  width: number;
}

/** The handles of a chart's marks: one stop for Tab, arrow keys within; each says what came. */
export function ChartMarks({ clusters, width }: Props) {
  const list = useRef<HTMLUListElement>(null);

  function onKeyDown(event: KeyboardEvent) {
    const handles = [...(list.current?.querySelectorAll("button") ?? [])];
    const focused = document.activeElement;
    if (event.key === "Escape" && focused instanceof HTMLElement) {
      event.stopPropagation(); // what is around it stays open
      focused.blur();
    }
    const at = handles.indexOf(focused as HTMLButtonElement);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || at < 0) return;
    event.preventDefault();
    handles[at + step]?.focus();
  }

  if (clusters.length === 0) return null;
  return (
    <ul
      ref={list}
      className={classes.marks}
      aria-label="Releases and prompt versions"
      onKeyDown={onKeyDown}
    >
      {clusters.map(({ key, left, marks }, n) => (
        <li key={key} style={{ left }}>
          <button
            type="button"
            className={classes.handle}
            tabIndex={n === 0 ? 0 : -1}
            aria-label={marks.map(({ name, at }) => `${name}, ${time(at, false)}`).join("; ")}
          />
          <div className={classes.label} style={within(left, width)}>
            {marks.slice(0, NAMED).map((mark) => (
              <div key={mark.key}>
                <Link {...mark.link} dir="auto">
                  {mark.name}
                </Link>{" "}
                <span className={classes.moment}>{time(mark.at, false)}</span>
              </div>
            ))}
            {marks.length > NAMED && <div>and {marks.length - NAMED} more</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** As far to the left of its handle as that stands in the chart: it never leaves the chart. */
function within(left: number, width: number): CSSProperties {
  const share = Math.min(1, Math.max(0, left / width));
  return { maxWidth: Math.min(WIDEST, width), transform: `translateX(${-100 * share}%)` };
}
