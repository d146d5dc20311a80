import { Skeleton } from "./states";
import classes from "./table.module.css";

interface Props {
  rows: number;
  /** What stands above the first row, in pixels: the table's head, a bar. */
  head?: number;
}

/** The rows of a table that is on its way, as high as they will be. */
export function WaitingRows({ rows, head = 28 }: Props) {
  return (
    <div style={{ paddingTop: head }} aria-busy>
      {[...Array(rows).keys()].map((n) => (
        <div key={n} className={classes.waitingRow}>
          <Skeleton width={`${62 - ((n * 17) % 30)}%`} />
        </div>
      ))}
    </div>
  );
}
