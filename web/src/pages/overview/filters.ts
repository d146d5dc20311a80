/** Pieces of the filter language. */

/** A text as the filter language quotes it. */
export function literal(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** Traces with a span that failed so, in that place. */
export function failedSo(type: string | null, place: string): string {
  const kind = type ? ` and error_type = ${literal(type)}` : "";
  return `any(span: status = "error" and name = ${literal(place)}${kind})`;
}

/** A score as a field of the filter language. */
export function scoreField(name: string): string {
  return /^\w+$/.test(name) ? `scores.${name}` : `scores.${literal(name)}`;
}
