import type { Alert, AlertGroup } from "../../api/alerts";
import { ago, exactTime, UNKNOWN } from "../../format";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import table from "../../parts/table.module.css";
import classes from "./alerts.module.css";
import { readingText, unitOf } from "./measures";
import { LevelMark } from "./StandingMark";

/** Where each value of the field stands that a rule is split by, the worst first. */
export function GroupTable({ rule, by }: { rule: Alert; by: string }) {
  const columns: readonly Column<AlertGroup>[] = [
    { label: by, cell: (one) => one.group ?? "none", title: (one) => one.group ?? undefined },
    {
      label: "State",
      className: classes.stateColumn,
      cell: (one) => (
        <LevelMark standing={one.value === null && one.level === "ok" ? "nodata" : one.level} />
      ),
    },
    {
      label: "Value",
      className: `${table.number} ${table.ends}`,
      cell: (one) => readingText(rule.condition, one, unitOf(rule.measure)),
    },
    {
      label: "Open since",
      className: `${table.time} ${table.wideOnly}`,
      title: (one) => exactTime(one.opened_at),
      cell: (one) => (one.opened_at ? ago(one.opened_at) : UNKNOWN),
    },
  ];
  return (
    <section className={classes.groups} aria-label={`By ${by}`}>
      <ColumnTable
        columns={columns}
        rows={rule.groups}
        keyOf={(one) => one.group ?? ""}
        className={classes.table}
      />
    </section>
  );
}
