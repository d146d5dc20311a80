/** Asks and listens until the end, through connections that break. */
import { AnswerError, send } from "./api";
import { eventsOf, type ServerEvent } from "./sse";

const WAITS_MS = [300, 1_000, 2_000, 4_000, 8_000];
/** Without a word for so long, the connection is taken for dead; the server pings every 15 s. */
const SILENCE_MS = 40_000;

interface Follow {
  /** Where and how to ask, given the last event that was heard. */
  request: (last: number) => { path: string; body?: unknown };
  last: number;
  onEvent: (event: ServerEvent) => void;
  /** The connection is gone; `reached`: whether the server has heard of it. */
  onLost: (reached: boolean) => void;
  signal: AbortSignal;
}

/** Ends when the run has ended; throws AnswerError where the server refuses. */
export async function follow({ request, last, onEvent, onLost, signal }: Follow): Promise<void> {
  let heard = last;
  let reached = last > 0;
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      const { path, body } = request(heard);
      const watch = new AbortController();
      const stop = () => watch.abort();
      signal.addEventListener("abort", stop);
      let timer = setTimeout(stop, SILENCE_MS);
      try {
        const answer = await send(path, {
          method: body === undefined ? "GET" : "POST",
          body,
          headers: heard ? { "last-event-id": String(heard) } : {},
          signal: watch.signal,
        });
        reached = true;
        for await (const event of eventsOf(answer)) {
          clearTimeout(timer);
          timer = setTimeout(stop, SILENCE_MS);
          tries = -1;
          heard = Math.max(heard, Number(event.id) || 0);
          onEvent(event);
          if (event.name === "end" || (event.name === "error" && !event.id)) return;
        }
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
    } catch (error) {
      if (error instanceof AnswerError && !(error.status === 503 && reached)) throw error;
    }
    if (signal.aborted) return;
    onLost(reached);
    await pause(WAITS_MS[Math.min(Math.max(tries, 0), WAITS_MS.length - 1)] as number, signal);
  }
}

/** Some time, or until the browser says that there is a network again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
