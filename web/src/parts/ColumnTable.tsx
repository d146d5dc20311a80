import type { Key, ReactNode, Ref } from "react";
import table from "./table.module.css";

export interface Column<T> {
  /** In the head, and before the value where a phone shows a row as a cell. */
  label: string;
  /** The label is for readers alone. */
  unlabelled?: boolean;
  /** Of the head and of each cell. */
  className?: string;
  cell: (row: T) => ReactNode;
  /** The whole of what a cell may cut off. */
  title?: (row: T) => string | undefined;
  isBad?: (row: T) => boolean;
}

interface Props<T> {
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T, at: number) => Key;
  className?: string;
  /** Of rows that are links as a whole. */
  linked?: boolean;
  /** What failed has a mark at its row. */
  isFailed?: (row: T) => boolean;
  body?: Ref<HTMLTableSectionElement>;
}

/** A plain table that is told its columns. */
export function ColumnTable<T>(props: Props<T>) {
  const { columns, rows, keyOf, className = "", linked, isFailed, body } = props;
  return (
    <table className={`${table.table} ${className}`}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.label} scope="col" className={column.className}>
              {column.unlabelled ? (
                <span className="hidden-text">{column.label}</span>
              ) : (
                column.label
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row, at) => (
          <tr
            key={keyOf(row, at)}
            className={linked ? table.row : undefined}
            data-error={isFailed?.(row) || undefined}
          >
            {columns.map((column, place) => (
              <td
                key={column.label}
                className={column.className}
                title={column.title?.(row)}
                data-label={place === 0 || column.unlabelled ? undefined : column.label}
                data-bad={column.isBad?.(row) || undefined}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
