/** The shapes of the REST API as the pages use them. */

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

export interface Usage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  total_tokens?: number | null;
  cached_tokens?: number | null;
  cache_write_tokens?: number | null;
  cache_write_1h_tokens?: number | null;
  reasoning_tokens?: number | null;
  audio_tokens?: number | null;
  input_audio_tokens?: number | null;
  output_audio_tokens?: number | null;
}

export interface CostDetail {
  type: string;
  tokens: number | null;
  price: number | null;
  cost: number | null;
}

export interface Cost {
  input?: number | null;
  output?: number | null;
  total?: number | null;
  source?: "client" | "list" | "project" | null;
  price_date?: string | null;
  details?: CostDetail[] | null;
}

export interface Score {
  id: string;
  project: string;
  name: string;
  value: number | null;
  label: string | null;
  comment: string | null;
  source: "human" | "judge" | "code" | "end_user";
  identifier?: string | null;
  evaluator_version?: string | null;
  trace_id: string | null;
  span_id: string | null;
  session_id: string | null;
  status?: "ok" | "error" | "skipped";
  error?: string | null;
  created_at: string;
  metadata?: Record<string, unknown> | null;
}

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

export interface Trace {
  trace_id: string;
  root_span_id: string | null;
  project: string;
  name: string;
  start_time: string;
  end_time: string | null;
  first_seen_at?: string;
  duration_ms: number | null;
  status: Status;
  status_message: string | null;
  error_type: string | null;
  error_count: number;
  span_count: number;
  llm_call_count: number;
  input_preview: string | null;
  output_preview: string | null;
  usage: Usage | null;
  cost: Cost | null;
  time_to_first_token_ms: number | null;
  models: string[];
  providers: string[];
  kinds: Kind[];
  tools: string[];
  prompt_names: string[];
  environment: string | null;
  release: string | null;
  session_id: string | null;
  user_id: string | null;
  tags: string[] | null;
  metadata: Record<string, unknown> | null;
  scores: Score[] | null;
}

export interface TraceDetail {
  trace: Trace;
  spans: Span[];
}

export interface Session {
  session_id: string;
  project: string;
  user_id: string | null;
  start_time: string;
  end_time: string | null;
  duration_ms: number | null;
  trace_count: number;
  error_count: number;
  input_preview: string | null;
  output_preview: string | null;
  usage: Usage | null;
  cost: Cost | null;
  models: string[];
  scores: Score[] | null;
  status?: Status;
  tags?: string[] | null;
  environment?: string | null;
  release?: string | null;
  metadata?: Record<string, unknown> | null;
}

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
export interface Totals {
  count: number;
  error_count: number;
  p50_duration_ms: number | null;
  p99_duration_ms: number | null;
  total_tokens: number | null;
  total_cost: number | null;
}

export interface Project {
  id?: number;
  name: string;
  created_at: string;
  demo?: boolean;
  retention_days?: number | null;
  trace_count?: number | null;
}

export interface FacetValue {
  value: string;
  count: number;
  /** Of scores only. */
  mean?: number | null;
}

export interface Facet {
  field: string;
  values: FacetValue[];
  distinct?: number | null;
  /** Rows that have no value. */
  unknown?: number | null;
  /** Numbers come in buckets instead of values. */
  buckets?: { from: number; to: number; count: number }[] | null;
  min?: number | null;
  max?: number | null;
}

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

export interface MetricPoint {
  time: string | null;
  [measure: string]: number | string | null;
}

export interface MetricSeries {
  group: Record<string, string | null>;
  points: MetricPoint[];
}

export interface MetricsAnswer {
  interval: string | null;
  series: MetricSeries[];
  truncated: boolean;
}

export interface MetricsQuestion {
  project?: string;
  from?: string;
  to?: string;
  interval?: string | null;
  scope: "traces" | "spans" | "sessions";
  measures: string[];
  group_by?: string[];
  filter?: string;
  limit?: number;
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
