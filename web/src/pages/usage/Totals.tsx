import type { CostReport } from "../../api/costs";
import { ChangeMark } from "../../charts/ChangeMark";
import { changeOf } from "../../charts/change";
import { periodBeforeInWords } from "../../charts/period";
import { compact, cost, count, plural } from "../../format";
import classes from "./usage.module.css";

/** All calls together, and what of them is not known. */
export function Totals({ report }: { report: CostReport }) {
  const { total } = report;
  const against = periodBeforeInWords({ from: Date.parse(report.from), to: Date.parse(report.to) });
  const rule = { as: "ratio", worse: null } as const;
  return (
    <section aria-label="Totals" className={classes.totals}>
      <div className={classes.figures}>
        <div>
          <span className={classes.label}>Cost</span>
          <span className={classes.figure}>
            {total.unpriced_calls ? "≥ " : ""}
            {cost(total.cost.total)}
          </span>
          <ChangeMark change={changeOf(total.cost.total, total.before.cost, rule, against)} />
        </div>
        <Figure label="Calls" value={count(total.calls)} />
        <Figure label="Tokens" value={compact(total.usage.total_tokens)} />
        <Figure label="Users" value={count(total.users)} />
        <Figure label="Cost a user" value={cost(total.cost_per_user)} />
      </div>
      <Unknowns report={report} />
    </section>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <span className={classes.label}>{label}</span>
      <span className={classes.figure}>{value}</span>
    </div>
  );
}

/** Sentences on what the figures leave out. */
function Unknowns({ report }: { report: CostReport }) {
  const { cost: costs, unpriced_calls, calls_without_usage } = report.total;
  const said = [
    unpriced_calls
      ? `${plural(unpriced_calls, "call")} ${unpriced_calls === 1 ? "has" : "have"} no price: the cost is at least this.`
      : "",
    calls_without_usage
      ? `${plural(calls_without_usage, "answer")} of models reported neither tokens nor a cost.`
      : "",
    costs.client ? `${cost(costs.client)} of the cost was reported by the senders.` : "",
    report.overlapping ? "A trace with several tags stands in the row of each." : "",
  ].filter(Boolean);
  if (said.length === 0) return null;
  return <p className={classes.note}>{said.join(" ")}</p>;
}
