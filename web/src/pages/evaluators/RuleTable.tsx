import { Link } from "@tanstack/react-router";
import { cost, costDigits, count, duration, percent } from "../../format";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
import classes from "./evaluators.module.css";
import type { Rule } from "./queries";
import { RuleSwitch } from "./RuleSwitch";
import { skippedOf, stateOf } from "./rules";

interface Props {
  project: string;
  rules: readonly Rule[];
}

export function RuleTable({ project, rules }: Props) {
  const digits = costDigits(rules.map((one) => one.stats.cost));
  const name: Column<Rule> = {
    label: "Name",
    cell: (rule) => (
      <Link
        to="/p/$project/rules/$ruleId"
        params={{ project, ruleId: rule.id }}
        className={table.rowLink}
        title={rule.name}
        dir="auto"
      >
        {rule.name}
      </Link>
    ),
  };
  const paid: Column<Rule> = {
    label: "Cost",
    className: `${table.number} ${table.ends}`,
    cell: ({ stats }) => cost(stats.cost, digits),
  };
  return (
    <ColumnTable
      linked
      className={classes.table}
      rows={rules}
      keyOf={(rule) => rule.id}
      body={useRowKeys("Rules")}
      columns={[name, ...COLUMNS, paid]}
    />
  );
}

const ON_WIDE = `${table.number} ${table.wideOnly}`;

const COLUMNS: readonly Column<Rule>[] = [
  {
    label: "Runs",
    className: classes.switchColumn,
    cell: (rule) => <RuleSwitch rule={rule} />,
  },
  {
    label: "On",
    className: `${classes.whatColumn} ${table.second} ${table.wideOnly}`,
    cell: (rule) =>
      rule.guard ? (
        "what the application asks, while it waits"
      ) : (
        <>
          {percent(rule.sampling_rate, 0)} of {rule.filter ? "" : "all "}
          {rule.unit}s{rule.filter && " where "}
          {rule.filter && <code title={rule.filter}>{rule.filter}</code>}
        </>
      ),
  },
  { label: "Scored", className: table.number, cell: ({ stats }) => count(stats.scored) },
  {
    label: "Skipped",
    className: ON_WIDE,
    title: stateOf,
    cell: ({ stats }) => count(skippedOf(stats)),
  },
  {
    label: "Failed",
    className: ON_WIDE,
    cell: ({ stats }) => count(stats.failed),
    isBad: ({ stats }) => stats.failed > 0,
  },
  {
    label: "Lag",
    className: ON_WIDE,
    cell: ({ stats }) => duration(stats.lag_s === null ? null : stats.lag_s * 1000),
  },
];
