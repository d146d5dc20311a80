import { Skeleton } from "../../parts/states";
import classes from "./overview.module.css";

/** The head and rows of a table that is on its way, as high as they will be. */
export function RowsWaiting({ rows }: { rows: number }) {
  return (
    <div className={classes.waiting} aria-busy>
      {Array.from({ length: rows }, (_, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all are alike and none moves
        <div key={n} className={classes.waitingRow}>
          <Skeleton width={`${62 - ((n * 17) % 30)}%`} />
        </div>
      ))}
    </div>
  );
}
