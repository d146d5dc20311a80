import type { ReactNode } from "react";
import { ago, cost, count, duration, exactTime, percent } from "../../format";
import { Figure } from "./EvaluatorHead";
import classes from "./evaluators.module.css";
import { LIMITS } from "./limits";
import type { Rule } from "./queries";
import { RuleMean } from "./RuleMean";
import { RuleSwitch } from "./RuleSwitch";
import { skippedOf } from "./rules";
import { partsText } from "./sampling";

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
          {rule.guard ? (
            <>
              Runs {children} when the application asks, for {duration(rule.guard.latency_ms)} at
              most; without a verdict it{" "}
              {rule.guard.on_failure === "open" ? "passes" : "is blocked"}
            </>
          ) : (
            <OnWhat rule={rule}>{children}</OnWhat>
          )}
        </p>
      </div>
      <dl className={`${classes.figures} num`}>
        {rule.guard ? <Answered stats={stats} /> : <RuleMean rule={rule} />}
        <Figure label="scored">{count(stats.scored)}</Figure>
        <Figure label="skipped">{count(skippedOf(stats))}</Figure>
        <Figure label="failed" bad={stats.failed > 0}>
          {count(stats.failed)}
        </Figure>
        {stats.waiting > 0 && <Figure label="waiting">{count(stats.waiting)}</Figure>}
        {!rule.guard && (
          <Figure label="lag">{duration(stats.lag_s === null ? null : stats.lag_s * 1000)}</Figure>
        )}
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

function OnWhat({ rule, children }: Props) {
  const parts = partsText(rule);
  return (
    <>
      Runs {children} on {percent(rule.sampling_rate, 0)} of {rule.filter ? "" : "all "}
      {rule.unit}s{rule.filter && " where "}
      {rule.filter && <code>{rule.filter}</code>}
      {parts.length > 0 && `; ${parts.join(", ")}`}
      {rule.unit === "session" && `, ${duration(rule.idle_minutes * 60_000)} after their last turn`}
    </>
  );
}

/** What a guard answered so far. */
function Answered({ stats }: Pick<Rule, "stats">) {
  const { passed, blocked, timed_out } = stats.answers;
  return (
    <>
      <Figure label="passed">{count(passed ?? 0)}</Figure>
      <Figure label="blocked">{count(blocked ?? 0)}</Figure>
      <Figure label="too late" bad={(timed_out ?? 0) > 0}>
        {count(timed_out ?? 0)}
      </Figure>
    </>
  );
}

function budgetText({ budget }: Rule): string {
  const parts = LIMITS.flatMap(({ name, what }) => {
    const most = budget[name];
    if (!most) return [];
    return [
      name.startsWith("usd")
        ? `${cost(most, 2)} ${what.replace("dollars ", "")}`
        : `${count(most)} ${what}`,
    ];
  });
  return parts.join(", ") || "none";
}
