import type { Change } from "./change";
import classes from "./charts.module.css";

/** A change against the period before: coloured only where a direction is good or bad. */
export function ChangeMark({ change }: { change: Change | null }) {
  if (!change) return null;
  return (
    <span className={classes.change} data-tone={change.tone} title={change.words}>
      <span aria-hidden>{change.text}</span>
      <span className="hidden-text">{change.words}</span>
    </span>
  );
}
