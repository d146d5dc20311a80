/** Conversations under the words people have for when they were. */
import type { Thread } from "./types";

const DAY_MS = 86_400_000;

export function groupOf(updated: string, now: Date): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const then = new Date(updated).getTime();
  if (then >= midnight) return "Today";
  if (then >= midnight - DAY_MS) return "Yesterday";
  if (then >= midnight - 7 * DAY_MS) return "Last week";
  if (then >= midnight - 30 * DAY_MS) return "Last month";
  return "Older";
}

export function grouped(threads: readonly Thread[], now: Date): [string, Thread[]][] {
  const groups = new Map<string, Thread[]>();
  for (const thread of threads) {
    const name = groupOf(thread.updated, now);
    groups.set(name, [...(groups.get(name) ?? []), thread]);
  }
  return [...groups];
}
