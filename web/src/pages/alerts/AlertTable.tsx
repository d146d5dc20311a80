import { Link } from "@tanstack/react-router";
import type { Alert } from "../../api/alerts";
import { ago, exactTime, UNKNOWN } from "../../format";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
import classes from "./alerts.module.css";
import { oneAlert } from "./crumbs";
import { boundsText, readingText, titleOf, unitOf } from "./measures";
import { StandingMark } from "./StandingMark";
import { openSince } from "./standing";

interface Props {
  project: string;
  rules: readonly Alert[];
}

/** Rules with where they stand, what they read last, and what they are held against. */
export function AlertTable({ project, rules }: Props) {
  const name: Column<Alert> = {
    label: "Name",
    title: (rule) => rule.name,
    cell: (rule) => (
      <Link {...oneAlert(project, rule.id)} className={table.rowLink} dir="auto">
        {rule.name}
      </Link>
    ),
  };
  return (
    <ColumnTable
      linked
      className={classes.table}
      rows={rules}
      keyOf={(rule) => rule.id}
      body={useRowKeys("Alerts")}
      isFailed={(rule) => rule.state === "alert"}
      columns={[name, ...COLUMNS]}
    />
  );
}

const COLUMNS: readonly Column<Alert>[] = [
  {
    label: "State",
    className: classes.stateColumn,
    title: (rule) => rule.error ?? undefined,
    cell: (rule) => <StandingMark rule={rule} />,
  },
  {
    label: "Watches",
    className: `${classes.watchesColumn} ${table.second} ${table.wideOnly}`,
    title: (rule) => rule.filter || undefined,
    cell: (rule) => (
      <>
        {titleOf(rule)}
        {rule.filter && " where "}
        {rule.filter && <code>{rule.filter}</code>}
        {rule.group_by && ` by ${rule.group_by}`}
      </>
    ),
  },
  {
    label: "Value",
    className: `${table.number} ${table.ends}`,
    title: (rule) => rule.groups[0]?.group ?? undefined,
    cell: (rule) => readingText(rule.condition, rule.groups[0], unitOf(rule.measure)),
  },
  {
    label: "Bounds",
    className: `${classes.boundsColumn} ${table.second} ${table.wideOnly}`,
    title: (rule) => boundsText(rule.condition, unitOf(rule.measure)),
    cell: (rule) => boundsText(rule.condition, unitOf(rule.measure)),
  },
  {
    label: "Open since",
    className: `${table.time} ${table.wideOnly}`,
    title: (rule) => exactTime(openSince(rule)),
    cell: (rule) => {
      const since = openSince(rule);
      return since ? ago(since) : UNKNOWN;
    },
  },
  {
    label: "Last told",
    className: `${table.time} ${table.wideOnly}`,
    title: (rule) => exactTime(rule.last_notified_at),
    cell: (rule) => (rule.last_notified_at ? ago(rule.last_notified_at) : UNKNOWN),
  },
];
