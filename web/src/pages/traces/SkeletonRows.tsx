import { Skeleton } from "../../parts/states";
import classes from "./traces.module.css";

const WIDTHS = [62, 48, 70, 55, 64, 44, 58, 66, 50, 61, 47, 68, 53, 60, 45, 65, 57, 49, 63, 52];

/** Rows of the size that rows have, while the first ones are on their way. */
export function SkeletonRows({ phone }: { phone: boolean }) {
  return (
    <div className={classes.skeletons} aria-busy>
      <span className="hidden-text">Loading</span>
      {WIDTHS.map((width) => (
        <div key={width} className={phone ? classes.skeletonCell : classes.skeletonRow}>
          <Skeleton width={phone ? `${width}%` : 52} height={10} />
          <Skeleton width={phone ? `${width + 25}%` : 84} height={10} />
          <Skeleton width={`${width}%`} height={10} />
        </div>
      ))}
    </div>
  );
}
