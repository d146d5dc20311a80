import type { Score, UserRow } from "../../api/types";

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

export function scoreOf(user: UserRow, name: string): Score | undefined {
  return user.scores?.find((score) => score.name === name);
}
