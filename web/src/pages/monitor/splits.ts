/** By what all charts can be split. */

import { type Condition, conditionText, is } from "../../filter/conditions";
import { quote } from "../../filter/tokens";

export interface Split {
  /** As the API calls it. */
  field: string;
  /** "by user", "no user". */
  label: string;
  /** The same over spans: what only the trace says is asked of the trace. */
  ofCalls: string;
  /** Whether a trace may have several: what it used is then told by its spans alone. */
  several: boolean;
}

export const SPLITS: readonly Split[] = [
  { field: "model", label: "model", ofCalls: "model", several: true },
  { field: "provider", label: "provider", ofCalls: "provider", several: true },
  { field: "prompt.name", label: "prompt", ofCalls: "prompt.name", several: true },
  { field: "name", label: "name", ofCalls: "trace.name", several: false },
  { field: "user_id", label: "user", ofCalls: "trace.user_id", several: false },
  { field: "tags", label: "tag", ofCalls: "trace.tags", several: false },
  { field: "environment", label: "environment", ofCalls: "environment", several: false },
  { field: "release", label: "release", ofCalls: "release", several: false },
];

const METADATA = "metadata.";

/** The split that an address names; null for none, and for what is no field. */
export function readSplit(text: string | undefined): Split | null {
  const known = SPLITS.find(({ field }) => field === text);
  if (known) return known;
  const key = text?.startsWith(METADATA) ? text.slice(METADATA.length) : "";
  return key ? ofMetadata(key) : null;
}

/** A split by a key of metadata, as the filter language writes it. */
export function ofMetadata(key: string): Split {
  const bare = key.replace(/^"(.*)"$/, "$1");
  const written = /^\w+(\.\w+)*$/.test(bare) ? bare : quote(bare);
  const field = METADATA + written;
  return { field, label: bare, ofCalls: `trace.${field}`, several: false };
}

/** What the rows of a group have in common. */
export function conditionOf(field: string, value: string | null): Condition {
  if (field.startsWith("trace.")) {
    const ofTrace = conditionText(conditionOf(field.slice("trace.".length), value));
    return { kind: "other", text: `any(trace: ${ofTrace})` };
  }
  return value === null ? { kind: "known", field, not: true } : is(field, value);
}
