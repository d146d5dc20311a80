import type { Score } from "../api/types";

export type Verdict = "plain" | "warn" | "err";

export interface Thresholds {
  warn: number;
  err: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { warn: 0.7, err: 0.5 };

/** How a value between 0 and 1 is marked; other scales carry no verdict. */
export function verdictOf(value: number | null, thresholds = DEFAULT_THRESHOLDS): Verdict {
  if (value === null || value < 0 || value > 1) return "plain";
  if (value < thresholds.err) return "err";
  return value < thresholds.warn ? "warn" : "plain";
}

const THUMB_NAMES =
  /^(helpful|thumbs?|thumbs?[_ -]?(up|down)|feedback|user[_ -]?feedback|like|rating)$/i;

/** Whether a score is a thumb given by a person, and which way it points. */
export function thumbOf(score: Pick<Score, "name" | "value" | "source">): "up" | "down" | null {
  if (score.value !== 0 && score.value !== 1 && score.value !== -1) return null;
  if (score.source !== "end_user" && !THUMB_NAMES.test(score.name)) return null;
  return score.value === 1 ? "up" : "down";
}

/** The newest score of each name, in the order the names first appear. */
export function latestByName(scores: readonly Score[] | null | undefined): Map<string, Score> {
  const latest = new Map<string, Score>();
  for (const score of scores ?? []) {
    const known = latest.get(score.name);
    if (!known || (score.created_at ?? "") >= (known.created_at ?? ""))
      latest.set(score.name, score);
  }
  return latest;
}
