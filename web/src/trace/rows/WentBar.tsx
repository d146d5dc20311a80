import { duration, percent } from "../../format";
import { kindColor } from "../../parts/KindIcon";
import type { Share } from "../went";
import classes from "./went.module.css";

function colour(share: Share): string {
  if (share.colour === "error") return "var(--err-fill)";
  if (share.colour === "other") return "var(--bar)";
  return kindColor(share.colour);
}

/** Where the time went, as one bar along the critical path. */
export function WentBar({ shares, totalMs }: { shares: Share[]; totalMs: number }) {
  if (shares.length === 0) return null;
  return (
    <section className={classes.went} aria-label={`Where the ${duration(totalMs)} went`}>
      <h2 className={classes.title}>
        Where the {duration(totalMs)} went <span>along the critical path</span>
      </h2>
      <div className={classes.bar} aria-hidden>
        {shares.map((share) => (
          <i
            key={share.label}
            data-waiting={share.colour === "waiting" || undefined}
            style={{
              flexGrow: share.share,
              background: share.colour === "waiting" ? undefined : colour(share),
            }}
          />
        ))}
      </div>
      <ul className={classes.shares}>
        {shares.map((share) => (
          <li key={share.label}>
            <span className={classes.label}>
              <i
                data-waiting={share.colour === "waiting" || undefined}
                style={{ background: share.colour === "waiting" ? undefined : colour(share) }}
                aria-hidden
              />
              <span className="ellipsis" title={share.label}>
                {share.label}
              </span>
            </span>
            <span className={classes.value}>
              <b>{duration(share.ms)}</b> {percent(share.share, 0)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
