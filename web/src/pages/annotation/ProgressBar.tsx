import { count } from "../../format";
import classes from "./queues.module.css";

/** How many of the items are done, as figures and as a bar. */
export function ProgressBar({ done, total }: { done: number; total: number }) {
  return (
    <span className={classes.progress}>
      <span className={classes.track} aria-hidden>
        <i style={{ width: `${total ? (done / total) * 100 : 0}%` }} />
      </span>
      <span className={classes.progressText}>
        {count(done)} of {count(total)}
      </span>
    </span>
  );
}
