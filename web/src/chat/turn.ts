/** A turn that is at work: what the events of its run make of it. */
import type { ServerEvent } from "./sse";
import type { Attachment, Failure, Source, Step } from "./types";

export interface Asking {
  /** Chosen here; the same key again is the same question. */
  key: string;
  text: string;
  files: Attachment[];
  /** The message that it follows, where that is not the last one. */
  parent?: number;
  /** The question that is answered again; then there is no text. */
  again?: number;
}

export type TurnState =
  /** On its way to the server. */
  | "sending"
  /** There is no connection: it is kept here and sent when there is one. */
  | "queued"
  | "running"
  /** The connection broke; the run goes on meanwhile. */
  | "lost"
  | "failed"
  | "done";

export interface Turn {
  /** Null: it was begun elsewhere, or before a reload. */
  asking: Asking | null;
  state: TurnState;
  run: string | null;
  trace: string | null;
  /** The last event that was heard. */
  last: number;
  text: string;
  steps: Step[];
  sources: Source[];
  failure: Failure | null;
  begun: number;
}

export function newTurn(asking: Asking | null, run: string | null = null): Turn {
  return {
    asking,
    state: run ? "running" : "sending",
    run,
    trace: null,
    last: 0,
    text: "",
    steps: [],
    sources: [],
    failure: null,
    begun: Date.now(),
  };
}

/** The turn after an event; one that was heard before changes nothing. */
export function after(turn: Turn, event: ServerEvent): Turn {
  const id = Number(event.id) || 0;
  if (id && id <= turn.last) return turn;
  const told = event.data ? JSON.parse(event.data) : {};
  const heard: Turn = { ...turn, state: "running", last: id || turn.last };
  switch (event.name) {
    case "run":
      return { ...heard, run: told.run_id, trace: told.trace_id };
    case "text":
      return { ...heard, text: turn.text + told.text };
    case "step":
      return { ...heard, steps: withStep(turn.steps, told) };
    case "source":
      return { ...heard, sources: [...turn.sources, told] };
    case "error":
      return { ...heard, failure: told, state: id ? "running" : "failed" };
    case "end":
      return { ...heard, state: "done" };
    default:
      return heard;
  }
}

function withStep(steps: Step[], told: Step): Step[] {
  const known = steps.findIndex((step) => step.id === told.id);
  if (known < 0) return [...steps, told];
  return steps.map((step, at) => (at === known ? { ...step, ...told } : step));
}

/** A name that nobody else chooses; randomUUID is there on https and localhost alone. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
