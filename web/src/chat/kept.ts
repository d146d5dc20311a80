/** What this browser keeps until it reaches the server. */
import type { Asking } from "./turn";

const PREFIX = "pilothouse-queued-";

/** A question that waits for a connection, or null once it has come. */
export function keepQueued(thread: string, asking: Asking | null): void {
  try {
    if (asking) localStorage.setItem(PREFIX + thread, JSON.stringify(asking));
    else localStorage.removeItem(PREFIX + thread);
  } catch {
    // a browser without storage loses it with the page
  }
}

export function queuedOf(thread: string): Asking | null {
  try {
    const kept = localStorage.getItem(PREFIX + thread);
    return kept ? (JSON.parse(kept) as Asking) : null;
  } catch {
    return null;
  }
}
