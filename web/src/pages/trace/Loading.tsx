import { Skeleton } from "../../parts/states";
import classes from "./trace.module.css";

/** The page before its trace is there: everything in its final size. */
export function Loading() {
  return (
    <div className={classes.loading} aria-busy="true">
      <span className="hidden-text">Loading the trace</span>
      <div className={classes.loadingHead}>
        <Skeleton width={220} height={18} />
        <Skeleton width={560} height={13} />
      </div>
      <div className={classes.loadingSwitch}>
        <Skeleton width={420} height={14} />
      </div>
      <div className={classes.loadingBody}>
        <div className={classes.loadingRows}>
          {[540, 380, 640, 460, 600, 320].map((width) => (
            <div key={width}>
              <Skeleton width={140} height={13} />
              <Skeleton width={`min(100%, ${width}px)`} height={13} />
            </div>
          ))}
        </div>
        <div className={classes.loadingPanel}>
          <Skeleton width={180} height={16} />
          <Skeleton height={120} />
          <Skeleton height={90} />
        </div>
      </div>
    </div>
  );
}
