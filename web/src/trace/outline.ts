/** The spans of a trace out of the columns that they are sent in. */
import type { Kind, Score, Span, Status, Trace, TraceDetail, Usage } from "./model";

type Texts = (string | null)[];
type Numbers = (number | null)[];

/** What the server answers: a column is absent when nothing in it is known. */
export interface Outline {
  trace: Trace;
  columns: {
    span_id: string[];
    parent_span_id?: Texts;
    name?: string[];
    kind?: Kind[];
    start_time?: string[];
    duration_ms?: Numbers;
    time_to_first_token_ms?: Numbers;
    status?: Status[];
    status_message?: Texts;
    error_type?: Texts;
    model?: Texts;
    "usage.input_tokens"?: Numbers;
    "usage.output_tokens"?: Numbers;
    "usage.total_tokens"?: Numbers;
    usage_counted?: boolean[];
    "cost.total"?: Numbers;
    tool_name?: Texts;
    tool_call_id?: Texts;
    user_id?: Texts;
    input_preview?: Texts;
    output_preview?: Texts;
  };
}

/** A column, of nulls when it was left out. */
function column<T>(values: T[] | undefined): (at: number) => T | null {
  return values ? (at) => values[at] ?? null : () => null;
}

function scoresBySpan(trace: Trace): Map<string, Score[]> {
  const found = new Map<string, Score[]>();
  for (const score of trace.scores ?? []) {
    if (!score.span_id) continue;
    const list = found.get(score.span_id);
    if (list) list.push(score);
    else found.set(score.span_id, [score]);
  }
  return found;
}

/** The trace with its spans as objects; what an outline leaves out is null in them. */
export function detailOf({ trace, columns }: Outline): TraceDetail {
  const parent = column(columns.parent_span_id);
  const name = column(columns.name);
  const kind = column(columns.kind);
  const start = column(columns.start_time);
  const length = column(columns.duration_ms);
  const firstToken = column(columns.time_to_first_token_ms);
  const status = column(columns.status);
  const message = column(columns.status_message);
  const error = column(columns.error_type);
  const model = column(columns.model);
  const usage = usageOf(columns);
  const counted = column(columns.usage_counted);
  const cost = column(columns["cost.total"]);
  const tool = column(columns.tool_name);
  const call = column(columns.tool_call_id);
  const user = column(columns.user_id);
  const input = column(columns.input_preview);
  const output = column(columns.output_preview);
  const scores = scoresBySpan(trace);
  const spans = columns.span_id.map((id, at): Span => {
    const total = cost(at);
    return {
      trace_id: trace.trace_id,
      span_id: id,
      parent_span_id: parent(at),
      project: trace.project,
      name: name(at) ?? "",
      kind: kind(at) ?? "span",
      start_time: start(at) ?? trace.start_time,
      end_time: null,
      duration_ms: length(at),
      first_token_time: null,
      time_to_first_token_ms: firstToken(at),
      status: status(at) ?? "unset",
      status_message: message(at),
      error_type: error(at),
      model: model(at),
      provider: null,
      usage: usage(at),
      usage_counted: counted(at) ?? true,
      cost: total === null ? null : { total },
      tool_name: tool(at),
      tool_call_id: call(at),
      session_id: null,
      user_id: user(at),
      tags: null,
      metadata: null,
      environment: null,
      release: null,
      input_preview: input(at),
      output_preview: output(at),
      scores: scores.get(id) ?? null,
    };
  });
  return { trace, spans };
}

function usageOf(columns: Outline["columns"]): (at: number) => Usage | null {
  const input = column(columns["usage.input_tokens"]);
  const output = column(columns["usage.output_tokens"]);
  const total = column(columns["usage.total_tokens"]);
  return (at) => {
    const known = { input_tokens: input(at), output_tokens: output(at), total_tokens: total(at) };
    const any = known.input_tokens ?? known.output_tokens ?? known.total_tokens;
    return any === null ? null : known;
  };
}
