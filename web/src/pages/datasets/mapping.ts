/** Which column of a file becomes what: the server's mapping, and one line a column to edit it. */

import type { Mapping } from "../../api/evaluation";

export const PLACES = ["inputs", "outputs", "metadata", "split", "id", "nothing"] as const;
export type Place = (typeof PLACES)[number];

export interface ColumnUse {
  column: string;
  place: Place;
  /** The field's name; empty where the column fills the whole part. */
  field: string;
}

const PARTS = ["inputs", "outputs", "metadata"] as const;

/** What becomes of each column. */
export function usesOf(columns: readonly string[], mapping: Mapping): ColumnUse[] {
  return columns.map((column) => {
    for (const place of PARTS)
      for (const [field, from] of Object.entries(mapping[place]))
        if (from === column) return { column, place, field };
    if (mapping.split === column) return { column, place: "split", field: "" };
    if (mapping.id === column) return { column, place: "id", field: "" };
    return { column, place: "nothing", field: column };
  });
}

/** The mapping that the lines say. */
export function mappingOf(uses: readonly ColumnUse[]): Mapping {
  const found: Mapping = { inputs: {}, outputs: {}, metadata: {}, split: null, id: null };
  for (const { column, place, field } of uses) {
    if (place === "split" || place === "id") found[place] = column;
    else if (place !== "nothing") found[place][field] = column;
  }
  return found;
}

/** Why the lines cannot be a mapping; null when they can. */
export function doubled(uses: readonly ColumnUse[]): string | null {
  const seen = new Set<string>();
  for (const { place, field } of uses) {
    if (place === "nothing") continue;
    const name = place === "split" || place === "id" ? place : `${place}.${field}`;
    if (seen.has(name)) return `Two columns would become ${name.replace(/\.$/, "")}.`;
    seen.add(name);
  }
  return null;
}

export type FileFormat = "csv" | "jsonl" | "parquet";

/** The format that a file's name says. */
export function formatOf(name: string): FileFormat | null {
  const end = name.toLowerCase().split(".").at(-1);
  if (end === "csv" || end === "tsv") return "csv";
  if (end === "jsonl" || end === "ndjson" || end === "json") return "jsonl";
  return end === "parquet" ? "parquet" : null;
}
