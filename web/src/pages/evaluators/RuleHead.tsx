import type { ReactNode } from "react";
import { ago, cost, count, duration, exactTime, percent } from "../../format";
import { Figure } from "./EvaluatorHead";
import classes from "./evaluators.module.css";
import type { Rule } from "./queries";
import { RuleSwitch } from "./RuleSwitch";
import { skippedOf } from "./rules";

interface Props {
  rule: Rule;
  /** What it runs. */
  children: ReactNode;
}

/** What a rule runs on, whether it runs, and its figures. */
export function RuleHead({ rule, children }: Props) {
  const { stats } = rule;
  return (
    <header className={classes.head}>
      <div className={classes.ruleLine}>
        <RuleSwitch rule={rule} />
        <p className={classes.what}>
          Runs {children} on {percent(rule.sampling_rate, 0)} of {rule.filter ? "" : "all "}
          {rule.unit}s{rule.filter && " where "}
          {rule.filter && <code>{rule.filter}</code>}
          {rule.unit === "session" &&
            `, ${duration(rule.idle_minutes * 60_000)} after their last turn`}
        </p>
      </div>
      <dl className={`${classes.figures} num`}>
        <Figure label="scored">{count(stats.scored)}</Figure>
        <Figure label="skipped">{count(skippedOf(stats))}</Figure>
        <Figure label="failed" bad={stats.failed > 0}>
          {count(stats.failed)}
        </Figure>
        {stats.waiting > 0 && <Figure label="waiting">{count(stats.waiting)}</Figure>}
        <Figure label="lag">{duration(stats.lag_s === null ? null : stats.lag_s * 1000)}</Figure>
        <Figure label="cost">{cost(stats.cost)}</Figure>
        <Figure label="budget" bad={rule.state === "budget"}>
          {budgetText(rule)}
          {rule.state === "budget" && ", used up"}
        </Figure>
        <Figure label="last run">
          {stats.last_at ? (
            <span title={exactTime(stats.last_at)}>{ago(stats.last_at)}</span>
          ) : (
            "never"
          )}
        </Figure>
      </dl>
    </header>
  );
}

function budgetText({ budget }: Rule): string {
  const { usd_per_day, calls_per_hour } = budget;
  const parts = [
    usd_per_day ? `${cost(usd_per_day, 2)} a day` : "",
    calls_per_hour ? `${count(calls_per_hour)} calls an hour` : "",
  ].filter(Boolean);
  return parts.join(", ") || "none";
}
