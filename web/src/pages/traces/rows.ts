/** One kind of row for all three scopes: what the columns and the keys need. */

import type { Score, Session, Span, Trace } from "../../api/types";
import { latestByName, thumbOf } from "../../parts/scores";
import type { Scope } from "./state";

export interface Row {
  /** Unlike any other row's; what ticks and the peek hold on to. */
  id: string;
  project: string;
  traceId: string | null;
  spanId: string | null;
  /** The span that stands for the row: itself, or a trace's root if that came. */
  rootSpanId: string | null;
  sessionId: string | null;
  name: string;
  kind: string | null;
  start: string;
  status: "ok" | "error" | "unset" | null;
  errorType: string | null;
  statusMessage: string | null;
  input: string | null;
  output: string | null;
  durationMs: number | null;
  firstTokenMs: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  cachedTokens: number | null;
  totalTokens: number | null;
  cost: number | null;
  models: readonly string[];
  providers: readonly string[];
  user: string | null;
  tags: readonly string[];
  environment: string | null;
  release: string | null;
  errors: number | null;
  spans: number | null;
  traces: number | null;
  llmCalls: number | null;
  tools: readonly string[];
  metadata: Record<string, unknown>;
  scores: Map<string, Score>;
}

export function rowOf(scope: Scope, item: Trace | Span | Session): Row {
  if (scope === "spans") return spanRow(item as Span);
  return scope === "sessions" ? sessionRow(item as Session) : traceRow(item as Trace);
}

type Shared = Pick<Trace, "project" | "start_time"> & Partial<Trace>;

function shared(item: Shared) {
  return {
    project: item.project,
    start: item.start_time,
    input: item.input_preview ?? null,
    output: item.output_preview ?? null,
    durationMs: item.duration_ms ?? null,
    inputTokens: item.usage?.input_tokens ?? null,
    outputTokens: item.usage?.output_tokens ?? null,
    cachedTokens: item.usage?.cached_tokens ?? null,
    totalTokens: item.usage?.total_tokens ?? null,
    cost: item.cost?.total ?? null,
    user: item.user_id ?? null,
    sessionId: item.session_id ?? null,
    environment: item.environment ?? null,
    release: item.release ?? null,
    tags: item.tags ?? [],
    metadata: item.metadata ?? {},
    scores: latestByName(item.scores),
  };
}

function traceRow(trace: Trace): Row {
  return {
    ...shared(trace),
    id: `${trace.project}/${trace.trace_id}`,
    traceId: trace.trace_id,
    spanId: null,
    rootSpanId: trace.root_span_id ?? null,
    name: trace.name,
    kind: null,
    status: trace.status,
    errorType: trace.error_type,
    statusMessage: trace.status_message,
    firstTokenMs: trace.time_to_first_token_ms,
    models: trace.models ?? [],
    providers: trace.providers ?? [],
    errors: trace.error_count,
    spans: trace.span_count,
    traces: null,
    llmCalls: trace.llm_call_count,
    tools: trace.tools ?? [],
  };
}

function spanRow(span: Span): Row {
  return {
    ...shared(span as unknown as Shared),
    id: `${span.project}/${span.trace_id}/${span.span_id}`,
    traceId: span.trace_id,
    spanId: span.span_id,
    rootSpanId: span.span_id,
    name: span.name,
    kind: span.kind,
    status: span.status,
    errorType: span.error_type,
    statusMessage: span.status_message,
    firstTokenMs: span.time_to_first_token_ms,
    models: span.model ? [span.model] : [],
    providers: span.provider ? [span.provider] : [],
    errors: null,
    spans: null,
    traces: null,
    llmCalls: null,
    tools: span.tool_name ? [span.tool_name] : [],
  };
}

function sessionRow(session: Session): Row {
  return {
    ...shared(session as unknown as Shared),
    id: `${session.project}/${session.session_id}`,
    traceId: null,
    spanId: null,
    rootSpanId: null,
    sessionId: session.session_id,
    name: session.session_id,
    kind: null,
    status: session.status ?? (session.error_count > 0 ? "error" : "ok"),
    errorType: null,
    statusMessage: null,
    firstTokenMs: null,
    models: session.models ?? [],
    providers: [],
    errors: session.error_count,
    spans: null,
    traces: session.trace_count,
    llmCalls: null,
    tools: [],
  };
}

/** A value of the metadata by its path: whole keys first, then step by step into objects. */
export function metadataAt(metadata: Record<string, unknown>, path: string): string | null {
  const direct = metadata[path];
  if (direct !== undefined) return written(direct);
  let value: unknown = metadata;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null) return null;
    value = (value as Record<string, unknown>)[step];
  }
  return written(value);
}

function written(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Names of scores in the order of how many rows carry them. */
export function scoreNames(rows: readonly Row[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows)
    for (const name of row.scores.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
}

/** Names of scores that are thumbs in at least one row. */
export function thumbNames(rows: readonly Row[]): Set<string> {
  const names = new Set<string>();
  for (const row of rows)
    for (const [name, score] of row.scores) if (thumbOf(score)) names.add(name);
  return names;
}

/** Paths of metadata that the rows carry, objects opened one step at a time. */
export function metadataPaths(rows: readonly Row[], limit = 200): string[] {
  const paths = new Set<string>();
  for (const row of rows) {
    collect(row.metadata, "", paths);
    if (paths.size >= limit) break;
  }
  return [...paths].sort().slice(0, limit);
}

function collect(value: Record<string, unknown>, prefix: string, into: Set<string>): void {
  for (const [key, inner] of Object.entries(value)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof inner === "object" && inner !== null && !Array.isArray(inner))
      collect(inner as Record<string, unknown>, path, into);
    else into.add(path);
  }
}
