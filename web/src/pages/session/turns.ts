/** A session as turns: what was asked and answered, and where it did not go well. */
import type { Score, Trace } from "../../api/types";
import { latestByName, thumbOf } from "../../parts/scores";
import { answeredText, askedText, normal } from "../../trace/messages";

/** A trace of a session with what was said. */
export interface TurnTrace extends Trace {
  input?: unknown;
  output?: unknown;
}

export interface Turn {
  trace: TurnTrace;
  asked: string;
  answered: string;
  scores: Score[];
  thumb: "up" | "down" | null;
  /** The question before, asked again in other words. */
  rephrased: boolean;
}

export function turnsOf(traces: readonly TurnTrace[]): Turn[] {
  const turns: Turn[] = [];
  for (const trace of traces) {
    const asked = askedText({ input: trace.input }) ?? trace.input_preview ?? "";
    const scores = [...latestByName(trace.scores).values()];
    const thumbs = scores.map(thumbOf).filter((one) => one !== null);
    turns.push({
      trace,
      asked,
      answered: answeredText({ output: trace.output }) ?? trace.output_preview ?? "",
      scores,
      thumb: thumbs.at(-1) ?? null,
      rephrased: isRephrased(turns.at(-1)?.asked ?? "", asked),
    });
  }
  return turns;
}

function words(text: string): Set<string> {
  const found = normal(text)
    .toLocaleLowerCase()
    .match(/[\p{L}\p{N}]{3,}/gu);
  return new Set(found ?? []);
}

/** Whether two questions share most of their words; very short ones tell nothing. */
export function isRephrased(before: string, now: string): boolean {
  const [a, b] = [words(before), words(now)];
  if (a.size < 3 || b.size < 3) return false;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared / Math.min(a.size, b.size) >= 0.6;
}
