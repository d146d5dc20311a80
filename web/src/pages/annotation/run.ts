/** The part of a trace that a run is. */
import type { Span } from "../../trace/model";

/** A span and all below it, the span itself as root; all spans where it is not among them. */
export function below(spans: readonly Span[], spanId: string): Span[] {
  const children = new Map<string, Span[]>();
  for (const span of spans) {
    const parent = span.parent_span_id ?? "";
    const known = children.get(parent);
    if (known) known.push(span);
    else children.set(parent, [span]);
  }
  const root = spans.find((span) => span.span_id === spanId);
  if (!root) return [...spans];
  // the time of an outlined span is reckoned when it is asked for: a copy has to take it along
  const found: Span[] = [{ ...root, start_time: root.start_time, parent_span_id: null }];
  const seen = new Set([spanId]);
  for (let at = 0; at < found.length; at += 1) {
    for (const child of children.get(found[at]?.span_id ?? "") ?? []) {
      if (seen.has(child.span_id)) continue;
      seen.add(child.span_id);
      found.push(child);
    }
  }
  return found;
}
