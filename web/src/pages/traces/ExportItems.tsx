import { Menu } from "@mantine/core";
import { apiUrl } from "../../api/client";
import { quote } from "../../filter/tokens";
import type { Row } from "./rows";
import type { Question } from "./state";

const FORMATS = [
  { format: "jsonl", label: "JSON Lines" },
  { format: "csv", label: "CSV" },
  { format: "parquet", label: "Parquet" },
] as const;

/** Menu entries that download the result, or only some rows of it. */
export function ExportItems({ question, rows }: { question: Question; rows?: readonly Row[] }) {
  const { project, scope, bounds } = question;
  const filter = rows ? onlyThese(scope, rows) : question.filter;
  const params = rows ? {} : { from: bounds.from, to: bounds.to };
  return FORMATS.map(({ format, label }) => (
    <Menu.Item
      key={format}
      component="a"
      href={apiUrl("export", {
        project,
        scope,
        format,
        filter,
        ...params,
      })}
      download={`${project}-${scope}.${format}`}
    >
      {label}
    </Menu.Item>
  ));
}

/** A filter that holds for these rows alone. */
export function onlyThese(scope: Question["scope"], rows: readonly Row[]): string {
  const among = (field: string, ids: (string | null)[]) =>
    `${field} in (${ids.flatMap((id) => (id ? [quote(id)] : [])).join(", ")})`;
  if (scope === "sessions")
    return among(
      "session_id",
      rows.map((row) => row.sessionId),
    );
  const traces = among("trace_id", [...new Set(rows.map((row) => row.traceId))]);
  if (scope === "traces") return traces;
  return `${traces} and ${among(
    "span_id",
    rows.map((row) => row.spanId),
  )}`;
}
