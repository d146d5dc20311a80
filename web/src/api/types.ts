/**
 * The shapes of the REST API as the pages use them, out of those that the server documents. An
 * answer always carries its fields, null where unknown; what the document leaves open (the parts
 * of a message) is written out here.
 */

import type { components } from "./openapi";

type Schemas = components["schemas"];

/** A schema as it is answered: nothing is left out. */
type Answered<Name extends keyof Schemas> = Required<Schemas[Name]>;

export type Status = "ok" | "error" | "unset";

export type Kind =
  | "llm"
  | "chain"
  | "agent"
  | "tool"
  | "retriever"
  | "reranker"
  | "embedding"
  | "guardrail"
  | "evaluator"
  | "prompt"
  | "event"
  | "span";

export type Usage = Schemas["Usage"];

export type CostDetail = Answered<"CostLine">;

export interface Cost {
  input?: number | null;
  output?: number | null;
  total?: number | null;
  source?: "client" | "list" | "project" | null;
  price_date?: string | null;
  details?: CostDetail[] | null;
}

/** A score; some of the pages make one up that came from no evaluator. */
export type Score = Pick<Answered<"Score">, "id" | "name" | "value" | "label" | "comment"> &
  Pick<Answered<"Score">, "project" | "source" | "trace_id" | "span_id" | "session_id"> &
  Partial<
    Pick<Schemas["Score"], "identifier" | "evaluator_version" | "status" | "error" | "metadata">
  > &
  Pick<Answered<"Score">, "created_at">;

/** A value too large to be sent along: fetched from `/blobs/{id}` when opened. */
export interface BlobRef {
  $blob: string;
  bytes: number;
  mime_type: string;
  preview: string;
}

export type Part =
  | { type: "text"; text: string | BlobRef }
  | { type: "reasoning"; text: string | BlobRef }
  | { type: "tool_call"; id: string | null; name: string; arguments: unknown }
  | { type: "tool_result"; id: string | null; result: unknown }
  | { type: "image" | "audio" | "file"; url?: string; blob?: string; mime_type?: string | null }
  | { type: string; [field: string]: unknown };

export interface Message {
  role: "system" | "user" | "assistant" | "tool" | string;
  parts: Part[];
  name?: string | null;
  finish_reason?: string | null;
}

export interface ToolCall {
  id: string | null;
  name: string;
  arguments: unknown;
}

export interface Document {
  id: string | null;
  content: string | BlobRef | null;
  score: number | null;
  metadata: Record<string, unknown> | null;
}

export interface ExceptionInfo {
  type: string | null;
  message: string | null;
  stacktrace: string | null;
}

export interface SpanEvent {
  name: string;
  time: string | null;
  attributes: Record<string, unknown> | null;
}

export interface SpanLink {
  trace_id: string;
  span_id: string;
  attributes?: Record<string, unknown> | null;
}

export interface Span {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  project: string;
  name: string;
  kind: Kind;
  start_time: string;
  /** The same in milliseconds since 1970, where it is known without reading the text. */
  start_ms?: number;
  end_time: string | null;
  duration_ms: number | null;
  first_token_time: string | null;
  time_to_first_token_ms: number | null;
  streaming?: boolean | null;
  status: Status;
  status_message: string | null;
  error_type: string | null;
  input?: unknown;
  output?: unknown;
  input_preview?: string | null;
  output_preview?: string | null;
  input_mime_type?: string | null;
  output_mime_type?: string | null;
  messages_in?: Message[] | null;
  messages_out?: Message[] | null;
  model: string | null;
  provider: string | null;
  parameters?: Record<string, unknown> | null;
  usage: Usage | null;
  usage_counted?: boolean;
  cost: Cost | null;
  tools?: unknown[] | null;
  tool_calls?: ToolCall[] | null;
  tool_name?: string | null;
  tool_call_id?: string | null;
  documents?: Document[] | null;
  embedding_inputs?: string[] | null;
  prompt?: {
    name: string | null;
    version: string | null;
    template: unknown;
    variables: Record<string, unknown> | null;
  } | null;
  session_id: string | null;
  user_id: string | null;
  tags: string[] | null;
  metadata: Record<string, unknown> | null;
  environment: string | null;
  release: string | null;
  events?: SpanEvent[] | null;
  exceptions?: ExceptionInfo[] | null;
  links?: SpanLink[] | null;
  attachments?: unknown[] | null;
  scores?: Score[] | null;
  experiment_id?: string | null;
  example_id?: string | null;
  repetition?: number | null;
  attributes?: Record<string, unknown> | null;
  /** The protocol it came by. */
  source?: string | null;
  resource?: Record<string, unknown> | null;
  instrumentation?: {
    name: string | null;
    version: string | null;
    attributes?: Record<string, unknown> | null;
  } | null;
  logs?: { event_name: string; time: string | null; body: unknown; attributes: unknown }[] | null;
}

/** A trace as lists carry it; what a page may leave unknown when it makes one up is nullable. */
export type Trace = Omit<
  Answered<"Trace">,
  "kinds" | "scores" | "metadata" | "tags" | "usage" | "cost" | "first_seen_at"
> & {
  first_seen_at?: string;
  kinds: Kind[];
  tags: string[] | null;
  usage: Usage | null;
  cost: Cost | null;
  scores: Score[] | null;
  metadata: Record<string, unknown> | null;
};

export interface TraceDetail {
  trace: Trace;
  spans: Span[];
}

export type Share = Answered<"ShareOut">;

export type Session = Omit<Answered<"Session">, "scores"> & { scores: Score[] };

export interface UserRow {
  user_id: string;
  project: string;
  trace_count: number;
  session_count: number;
  error_count: number;
  usage: Usage | null;
  cost: Cost | null;
  /** Means, one a name. */
  scores: { name: string; value: number | null; count: number }[] | null;
  first_seen_at: string;
  last_seen_at: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** Sums over the whole result of a list, asked for with `totals=true`. */
export type Totals = Answered<"Totals">;

export interface Project {
  id?: number;
  name: string;
  created_at: string;
  demo?: boolean;
  retention_days?: number | null;
  /** These are only there when asked for. */
  trace_count?: number | null;
  error_count?: number | null;
  last_trace_at?: string | null;
  /** Traces by hour over the last 24 hours. */
  activity?: number[] | null;
}

export type FacetValue = Schemas["FacetValue"];

/** The values of a field with their counts; numbers come in buckets instead. */
export type Facet = Schemas["Facet"] & { values: FacetValue[] };

export interface FilterField {
  name: string;
  type: string;
  sentence?: string | null;
  operators: string[];
  values: string[];
  facets: boolean;
  /** Holds keys of the user's own: `metadata.customer.tier`. */
  open: boolean;
  own: boolean;
}

/** The filter language as the server describes it for a scope. */
export interface FilterLanguage {
  scope: string;
  fields: FilterField[];
  operators: { name: string; sentence: string }[];
  words: { name: string; sentence: string }[];
  functions: { name: string; sentence: string }[];
  suffixes: { name: string; sentence: string }[];
}

/** How many values lie between two. */
export interface MetricBucket {
  from: number;
  to: number;
  count: number;
}

export interface MetricPoint {
  time: string | null;
  [measure: string]: number | string | null | readonly MetricBucket[];
}

export interface MetricSeries {
  group: Record<string, string | null>;
  /** All other groups together. */
  other?: boolean;
  points: MetricPoint[];
}

export type MetricsAnswer = Pick<Answered<"MetricsAnswer">, "interval" | "truncated"> & {
  series: MetricSeries[];
  group_count?: number | null;
  previous?: { from: string; to: string; series: MetricSeries[] } | null;
};

/** What to measure, of what, by what. */
export interface Measured {
  interval?: string | null;
  scope: "traces" | "spans" | "sessions";
  measures: string[];
  group_by?: string[];
  filter?: string;
  limit?: number;
  /** Whether all other groups come together as one more series. */
  other?: boolean;
  /** With what it is compared: `previous` or `1w`; null for nothing, absent as the page says. */
  compare?: string | null;
}

interface MetricsWindow {
  project?: string;
  from?: string;
  to?: string;
  /** `previous`: measure the period before, too. */
  compare?: string;
}

export type MetricsQuestion = MetricsWindow & Measured;

/** Several charts over one time, answered in their order. */
export type BoardQuestion = MetricsWindow & { charts: Measured[] };

export interface BoardAnswer {
  charts: MetricsAnswer[];
}

export interface SavedView {
  id: string;
  project: string;
  name: string;
  scope: "traces" | "spans" | "sessions" | "users";
  filter: string;
  /** What the page keeps with it: the parts of its address. */
  state: Record<string, unknown>;
  created_at?: string;
}

/** How the server itself is doing. */
export type ServerHealth = Answered<"HealthOut">;
export type Verdict = Answered<"VerdictOut">;
export type HealthSample = Answered<"HealthSampleOut">;
export type HealthHistory = Answered<"HistoryOut">;
/** A machine that sent metrics of itself. */
export type Host = Answered<"HostOut">;
export type Hosts = Answered<"HostsOut">;
