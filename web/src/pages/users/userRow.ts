import type { Score, UserRow } from "../../api/types";
import { count } from "../../format";

/** The scores that get a column: the three that most users have. */
export function scoreNames(users: readonly UserRow[]): string[] {
  const held = new Map<string, number>();
  for (const user of users) {
    for (const score of user.scores ?? []) held.set(score.name, (held.get(score.name) ?? 0) + 1);
  }
  return [...held]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, 3)
    .map(([name]) => name);
}

/** The mean of a user's scores of one name, in the shape that a score pill shows. */
export function meanOf(user: UserRow, name: string): Score | undefined {
  const mean = user.scores?.find((score) => score.name === name);
  return (
    mean && {
      ...mean,
      // A mean of thumbs is a share, never a thumb; 1.0 and 0.0 must not turn into one.
      name: `mean ${name}`,
      comment: `mean of ${count(mean.count)}`,
      id: name,
      project: user.project,
      label: null,
      source: "code",
      trace_id: null,
      span_id: null,
      session_id: null,
      created_at: user.last_seen_at,
    }
  );
}

/** One in twenty: below that a failure now and then is not worth the only red of the page. */
export function failsOften(user: UserRow): boolean {
  return user.error_count > 0 && user.error_count >= 0.05 * user.trace_count;
}
