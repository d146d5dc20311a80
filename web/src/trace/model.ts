/** The shapes of a trace, and how to read the open ones among them. */
import type { BlobRef, Part, Span } from "../api/types";

export type {
  BlobRef,
  Cost,
  CostDetail,
  Document,
  ExceptionInfo,
  Kind,
  Message,
  Part,
  Score,
  Span,
  SpanEvent,
  Status,
  ToolCall,
  Trace,
  TraceDetail,
  Usage,
} from "../api/types";

export function isBlobRef(value: unknown): value is BlobRef {
  return (
    typeof value === "object" && value !== null && typeof (value as BlobRef).$blob === "string"
  );
}

/** The text of a value that is text, or the beginning of one that lies apart; else null. */
export function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (isBlobRef(value)) return value.preview ?? "";
  return null;
}

/** A field of a part, whichever kind of part it is. */
export function field(part: Part, name: string): unknown {
  return (part as Record<string, unknown>)[name];
}

/** A value as one line of text: strings as they are, everything else as JSON with spaces. */
export function oneLine(value: unknown): string {
  const text = textOf(value);
  if (text !== null) return text.replace(/\s+/g, " ").trim();
  if (value === null || value === undefined) return "";
  return spacedJson(value);
}

/** JSON on one line as people write it: `{"a": 1, "b": [2, 3]}`. */
export function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(
      ([key, one]) => `${JSON.stringify(key)}: ${spacedJson(one)}`,
    );
    return `{${pairs.join(", ")}}`;
  }
  return JSON.stringify(value) ?? "";
}

/** Milliseconds since 1970 with their fraction: `Date.parse` drops the microseconds. */
export function instant(time: string): number {
  const whole = Date.parse(time);
  return time.length === WRITTEN && time.endsWith("Z")
    ? whole + Number(time.slice(MICROSECONDS, -1)) / 1000
    : whole;
}

/** The time of such an instant as the API writes it. */
export function timeAt(ms: number): string {
  const micros = Math.round(ms * 1000);
  const whole = new Date(Math.floor(micros / 1000)).toISOString();
  return `${whole.slice(0, -1)}${String(micros % 1000).padStart(3, "0")}Z`;
}

/** The length of a time as the API writes it, and where its microseconds begin. */
const WRITTEN = "2026-11-21T12:00:00.123456Z".length;
const MICROSECONDS = "2026-11-21T12:00:00.123".length;

/** When the first token of a model call came, in milliseconds since 1970. */
export function firstToken(span: Span, start: number): number | null {
  if (span.first_token_time) return instant(span.first_token_time);
  if (typeof span.time_to_first_token_ms === "number") return start + span.time_to_first_token_ms;
  return null;
}
