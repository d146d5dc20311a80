import { ThumbsDown, ThumbsUp } from "lucide-react";
import type { Score } from "../api/types";
import { UNKNOWN, score as written } from "../format";
import classes from "./parts.module.css";
import { type Thresholds, thumbOf, verdictOf } from "./scores";

interface Props {
  score: Score | null | undefined;
  thresholds?: Thresholds;
}

/** A score's value: plain when good, marked when not, a thumb when a person gave one. */
export function ScorePill({ score, thresholds }: Props) {
  if (!score) return <span className={classes.unknown}>{UNKNOWN}</span>;
  const title = [score.name, score.comment].filter(Boolean).join(": ");
  const thumb = thumbOf(score);
  if (thumb) {
    const Icon = thumb === "up" ? ThumbsUp : ThumbsDown;
    return (
      <span className={classes.thumb} data-thumb={thumb} title={title}>
        <Icon size={14} strokeWidth={1.75} aria-hidden />
        <span className="hidden-text">thumb {thumb}</span>
      </span>
    );
  }
  if (score.value === null)
    return (
      <span className={`${classes.scoreLabel} ellipsis`} title={title}>
        {score.label ?? UNKNOWN}
      </span>
    );
  return (
    <span className={classes.pill} data-verdict={verdictOf(score.value, thresholds)} title={title}>
      {written(score.value)}
    </span>
  );
}
