/** All that a span carries besides its content, as rows of name and value. */
import type { Span } from "../model";

export interface AttributeRow {
  group: "metadata" | "parameters" | "attributes" | "resource" | "library";
  name: string;
  value: unknown;
}

/** What names the sender: its resource and the library that recorded the span. */
function senderRows(span: Span): AttributeRow[] {
  const { resource, instrumentation } = span;
  const library = {
    name: instrumentation?.name,
    version: instrumentation?.version,
    source: span.source,
  };
  const known = Object.entries(library).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return [
    ...rowsOf("resource", resource),
    ...rowsOf("library", { ...Object.fromEntries(known), ...instrumentation?.attributes }),
  ];
}

function rowsOf(
  group: AttributeRow["group"],
  values: Record<string, unknown> | null | undefined,
): AttributeRow[] {
  return Object.entries(values ?? {}).map(([name, value]) => ({ group, name, value }));
}

export function attributeRows(span: Span): AttributeRow[] {
  const attributes = rowsOf("attributes", span.attributes);
  attributes.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    ...rowsOf("metadata", span.metadata),
    ...rowsOf("parameters", span.parameters),
    ...attributes,
    ...senderRows(span),
  ];
}

export function attributeCount(span: Span): number {
  const count = (values: object | null | undefined) => (values ? Object.keys(values).length : 0);
  return (
    count(span.metadata) + count(span.parameters) + count(span.attributes) + senderRows(span).length
  );
}

/** The rows whose name or value holds the text. */
export function searched(rows: AttributeRow[], text: string): AttributeRow[] {
  const asked = text.trim().toLocaleLowerCase();
  if (!asked) return rows;
  return rows.filter(({ name, value }) => {
    if (name.toLocaleLowerCase().includes(asked)) return true;
    const written = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    return written.toLocaleLowerCase().includes(asked);
  });
}
