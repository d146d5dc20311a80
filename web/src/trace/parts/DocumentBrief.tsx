import type { ReactNode } from "react";
import { score as written } from "../../format";
import classes from "./documentBrief.module.css";

interface Props {
  rank: number;
  title: string;
  /** What else there is to say of its place. */
  note: ReactNode;
  score: number | null;
  /** The best score of all that were found. */
  best: number;
  text: string;
  /** Nothing came of it: its meter is pale. */
  unused?: boolean;
  /** On a phone its line is all. */
  short?: boolean;
}

/** A document that was found: its rank, its title, its score, how it begins. */
export function DocumentBrief({ rank, title, note, score, best, text, unused, short }: Props) {
  const share = score === null || score < 0 || best <= 0 ? null : score / Math.max(1, best);
  return (
    <span
      className={classes.brief}
      data-unused={unused || undefined}
      data-short={short || undefined}
    >
      <span className={classes.head}>
        <span className={classes.rank}>{rank}</span>
        <span className={`${classes.title} ellipsis`} dir="auto">
          {title}
        </span>
        {note && <span className={classes.note}>{note}</span>}
        {score !== null && <b>{written(score)}</b>}
      </span>
      {text && (
        <span className={classes.text} dir="auto">
          {text}
        </span>
      )}
      {share !== null && (
        <span className={classes.meter} aria-hidden>
          <i style={{ width: `${share * 100}%` }} />
        </span>
      )}
    </span>
  );
}
