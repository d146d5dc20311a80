import type { ReactNode } from "react";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import tables from "./tables.module.css";

interface Props<T> {
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T, at: number) => string | number;
  /** What can be done with a row; left out for those who may only look. */
  actions?: (row: T) => ReactNode;
  /** How many buttons that are. */
  most?: 1 | 2 | 3;
  note?: string;
}

const WIDTHS = { 1: tables.actions, 2: tables.twoActions, 3: tables.threeActions };

/** Rows that are set here, each with what can be done with it; on a phone a cell each. */
export function SettingsTable<T>({ columns, rows, keyOf, actions, most = 1, note }: Props<T>) {
  const last: Column<T>[] = actions
    ? [{ label: "Actions", unlabelled: true, className: WIDTHS[most], cell: actions }]
    : [];
  return (
    <div className={tables.tableBox}>
      <ColumnTable columns={[...columns, ...last]} rows={rows} keyOf={keyOf} />
      {note && <p className={tables.tableNote}>{note}</p>}
    </div>
  );
}
