/** The spans of a trace out of the columns that they are sent in. */
import {
  instant,
  type Kind,
  type Score,
  type Span,
  type Status,
  type Trace,
  timeAt,
} from "./model";

/** What few spans have: their places, and what it is. */
export interface Few<T> {
  spans: number[];
  values: T[];
}

/** What the server answers: words and parents by their places in a list. */
export interface Outline {
  trace: Trace;
  columns: {
    span_id: string[];
    /** Parents that are no spans of this trace; what lies beyond the end of `span_id` stands here. */
    outside: string[];
    parent: number[];
    names: string[];
    name: number[];
    kinds: Kind[];
    kind: number[];
    statuses: Status[];
    status: number[];
    start_time: string;
    start_us: number[];
    duration_us: number[];
    running: number[];
    repeated: number[];
    status_message: Few<string>;
    error_type: Few<string>;
    model: Few<string>;
    tool_name: Few<string>;
    tool_call_id: Few<string>;
    user_id: Few<string>;
    first_token_us: Few<number>;
    input_tokens: Few<number>;
    output_tokens: Few<number>;
    total_tokens: Few<number>;
    cost_total: Few<number>;
    input_preview?: Few<string>;
    output_preview?: Few<string>;
  };
}

/** The beginnings of inputs and outputs, as columns; "" where there is none. */
export interface Previews {
  span_id: string[];
  input_preview: string[];
  output_preview: string[];
}

/** A trace out of its outline. */
export interface OutlinedTrace {
  trace: Trace;
  spans: Span[];
  /** Whether previews are not among it: there are too many spans. */
  previewsApart: boolean;
}

/** A span of which only the outline is known; all members are there from the start, in one order. */
class OutlinedSpan implements Span {
  end_time = null;
  duration_ms: number | null;
  first_token_time = null;
  time_to_first_token_ms: number | null = null;
  status_message: string | null = null;
  error_type: string | null = null;
  model: string | null = null;
  provider = null;
  usage: Span["usage"] = null;
  usage_counted = true;
  cost: Span["cost"] = null;
  tool_name: string | null = null;
  tool_call_id: string | null = null;
  session_id = null;
  user_id: string | null = null;
  tags = null;
  metadata = null;
  environment = null;
  release = null;
  input_preview: string | null = null;
  output_preview: string | null = null;
  scores: Score[] | null = null;

  constructor(
    readonly trace_id: string,
    readonly project: string,
    readonly span_id: string,
    readonly parent_span_id: string | null,
    readonly name: string,
    readonly kind: Kind,
    readonly status: Status,
    readonly start_ms: number,
    duration_us: number,
  ) {
    this.duration_ms = duration_us / 1000;
  }

  get start_time(): string {
    return timeAt(this.start_ms);
  }
}

function each<T>(few: Few<T> | undefined, put: (at: number, value: T) => void): void {
  few?.spans.forEach((at, place) => {
    put(at, few.values[place] as T);
  });
}

/** The trace with its spans as objects; what an outline leaves out is null in them. */
export function detailOf({ trace, columns }: Outline): OutlinedTrace {
  const { span_id: ids, outside, parent, names, kinds, statuses } = columns;
  const first = instant(columns.start_time);
  const spans = ids.map((id, at) => {
    const above = parent[at] as number;
    return new OutlinedSpan(
      trace.trace_id,
      trace.project,
      id,
      (ids[above] ?? outside[above - ids.length]) || null,
      names[columns.name[at] as number] ?? "",
      kinds[columns.kind[at] as number] ?? "span",
      statuses[columns.status[at] as number] ?? "unset",
      first + (columns.start_us[at] as number) / 1000,
      columns.duration_us[at] as number,
    );
  });
  fill(spans, columns);
  const byId = new Map(trace.scores?.length ? spans.map((span) => [span.span_id, span]) : []);
  for (const score of trace.scores ?? []) {
    const span = byId.get(score.span_id ?? "");
    if (span) span.scores = [...(span.scores ?? []), score];
  }
  return { trace, spans, previewsApart: columns.input_preview === undefined };
}

function fill(spans: OutlinedSpan[], columns: Outline["columns"]): void {
  const span = (at: number) => spans[at] as OutlinedSpan;
  for (const at of columns.running) span(at).duration_ms = null;
  for (const at of columns.repeated) span(at).usage_counted = false;
  for (const name of [
    ...(["status_message", "error_type", "model", "tool_name", "tool_call_id", "user_id"] as const),
    ...(["input_preview", "output_preview"] as const),
  ])
    each(columns[name], (at, text) => {
      span(at)[name] = text;
    });
  for (const name of ["input_tokens", "output_tokens", "total_tokens"] as const)
    each(columns[name], (at, tokens) => {
      const none = { input_tokens: null, output_tokens: null, total_tokens: null };
      span(at).usage = { ...none, ...span(at).usage, [name]: tokens };
    });
  each(columns.first_token_us, (at, us) => {
    span(at).time_to_first_token_ms = us / 1000;
  });
  each(columns.cost_total, (at, total) => {
    span(at).cost = { total };
  });
}

/** Puts previews that came apart into their spans. */
export function putPreviews(byId: ReadonlyMap<string, { span: Span }>, previews: Previews): void {
  previews.span_id.forEach((id, at) => {
    const span = byId.get(id)?.span;
    if (!span) return;
    span.input_preview = previews.input_preview[at] || null;
    span.output_preview = previews.output_preview[at] || null;
  });
}
