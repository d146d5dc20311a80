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

/** Days already read: the times of a trace share one or two. */
const days = new Map<string, number>();

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + text.charCodeAt(at) - 48;
  return value;
}

/**
 * Milliseconds since 1970 with their fraction. `Date.parse` drops the microseconds, and is slow
 * enough to be felt with tens of thousands of spans; it reads what is not written as the API does.
 */
export function instant(time: string): number {
  if (!time.endsWith("Z") || time.length < 20) return Date.parse(time);
  const name = time.slice(0, 10);
  let day = days.get(name);
  if (day === undefined) {
    day = Date.parse(`${name}T00:00:00Z`);
    days.set(name, day);
  }
  const seconds = digits(time, 11, 13) * 3600 + digits(time, 14, 16) * 60 + digits(time, 17, 19);
  const end = time.length - 1;
  const fraction = end > 20 ? digits(time, 20, end) / 10 ** (end - 20 - 3) : 0;
  return day + seconds * 1000 + fraction;
}

/** When the first token of a model call came, in milliseconds since 1970. */
export function firstToken(span: Span, start: number): number | null {
  if (span.first_token_time) return instant(span.first_token_time);
  if (typeof span.time_to_first_token_ms === "number") return start + span.time_to_first_token_ms;
  return null;
}
