/** All that a span carries besides its content, as rows of name and value. */
import type { Span } from "../model";

export interface AttributeRow {
  group: "metadata" | "parameters" | "attributes" | "resource";
  name: string;
  value: unknown;
}

/** Resource and scope of the sender, where the answer has them. */
function sourceRows(source: unknown): AttributeRow[] {
  if (typeof source !== "object" || source === null) return [];
  const record = source as Record<string, unknown>;
  const rows: AttributeRow[] = [];
  for (const key of ["resource", "scope_attributes"]) {
    const inner = record[key];
    if (typeof inner !== "object" || inner === null) continue;
    for (const [name, value] of Object.entries(inner))
      rows.push({ group: "resource", name, value });
  }
  for (const name of ["scope_name", "scope_version", "wire", "dialect"]) {
    if (record[name]) rows.push({ group: "resource", name, value: record[name] });
  }
  return rows;
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
    ...sourceRows(span.source),
  ];
}

export function attributeCount(span: Span): number {
  const count = (values: object | null | undefined) => (values ? Object.keys(values).length : 0);
  return (
    count(span.metadata) +
    count(span.parameters) +
    count(span.attributes) +
    sourceRows(span.source).length
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
