import type { Release } from "../../api/releases";
import { percent } from "../../format";
import classes from "./releases.module.css";

/** The part of the users that get the challenger; of shadows, of the calls that are mirrored. */
export function ShareBar({ release }: { release: Release }) {
  const mirrors = release.is_shadow && release.status === "running";
  const share = mirrors ? (release.shadow?.share ?? 0) : release.share;
  return (
    <span className={classes.share}>
      <span className={classes.shareTrack} aria-hidden>
        <span
          className={classes.shareFill}
          data-shadow={mirrors || undefined}
          style={{ width: `${100 * share}%` }}
        />
      </span>
      <span title={mirrors ? "of the calls are mirrored" : undefined}>
        {percent(share, 0)}
        {mirrors && <span className="hidden-text"> of the calls, mirrored</span>}
      </span>
    </span>
  );
}
