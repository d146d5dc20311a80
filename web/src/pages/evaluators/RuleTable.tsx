import { Link } from "@tanstack/react-router";
import { cost, costDigits, count, duration, percent } from "../../format";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../annotation/useRowKeys";
import classes from "./evaluators.module.css";
import type { Rule } from "./queries";
import { RuleSwitch } from "./RuleSwitch";
import { skippedOf, stateOf } from "./rules";

interface Props {
  project: string;
  rules: readonly Rule[];
}

export function RuleTable({ project, rules }: Props) {
  const body = useRowKeys("Rules");
  const digits = costDigits(rules.map((one) => one.stats.cost));
  return (
    <table className={`${table.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={classes.switchColumn}>
            Runs
          </th>
          <th scope="col" className={`${classes.whatColumn} ${classes.wideOnly}`}>
            On
          </th>
          <th scope="col" className={table.number}>
            Scored
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Skipped
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Failed
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Lag
          </th>
          <th scope="col" className={`${table.number} ${table.ends}`}>
            Cost
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {rules.map((rule) => {
          const { stats } = rule;
          return (
            <tr key={rule.id} className={table.row}>
              <td>
                <Link
                  to="/p/$project/rules/$ruleId"
                  params={{ project, ruleId: rule.id }}
                  className={table.rowLink}
                  title={rule.name}
                  dir="auto"
                >
                  {rule.name}
                </Link>
              </td>
              <td className={classes.switchColumn}>
                <RuleSwitch rule={rule} />
              </td>
              <td className={`${classes.second} ${classes.wideOnly}`}>
                {percent(rule.sampling_rate, 0)} of {rule.filter ? "" : "all "}
                {rule.unit}s{rule.filter && " where "}
                {rule.filter && <code title={rule.filter}>{rule.filter}</code>}
              </td>
              <td className={table.number}>{count(stats.scored)}</td>
              <td className={`${table.number} ${classes.wideOnly}`} title={stateOf(rule)}>
                {count(skippedOf(stats))}
              </td>
              <td
                className={`${table.number} ${classes.wideOnly}`}
                data-bad={stats.failed > 0 || undefined}
              >
                {count(stats.failed)}
              </td>
              <td className={`${table.number} ${classes.wideOnly}`}>
                {duration(stats.lag_s === null ? null : stats.lag_s * 1000)}
              </td>
              <td className={`${table.number} ${table.ends}`}>{cost(stats.cost, digits)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
