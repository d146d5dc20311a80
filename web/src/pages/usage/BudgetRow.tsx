import { useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import type { Budget } from "../../api/costs";
import { cost, costDigits, count, day, percent, plural } from "../../format";
import { Button } from "../../parts/Button";
import { Confirm } from "../settings/Confirm";
import classes from "./usage.module.css";

interface Props {
  budget: Budget;
  /** Whether its project is said, too. */
  named: boolean;
  onChange: () => void;
}

/** A budget, and how far it is, or why nobody knows. */
export function BudgetRow({ budget, named, onChange }: Props) {
  const queries = useQueryClient();
  return (
    <li className={classes.budget} aria-label={budget.name}>
      <div className={classes.budgetHead}>
        <b className={classes.model}>{budget.name}</b>
        {named && <span className={classes.quiet}>{budget.project}</span>}
        {budget.filter && <code className={classes.quiet}>{budget.filter}</code>}
        <span className={classes.budgetTools}>
          <Button small look="quiet" onClick={onChange}>
            Change
          </Button>
          <Confirm
            word="Delete"
            sure="Delete budget"
            onConfirm={async () => {
              await send("DELETE", `budgets/${budget.id}`);
              await queries.invalidateQueries({ queryKey: ["budgets"] });
            }}
          >
            Nobody is told of it any more.
          </Confirm>
        </span>
      </div>
      {budget.status ? (
        <Meter budget={budget} status={budget.status} />
      ) : (
        <p className={classes.budgetSaid}>What was spent is not known: {budget.error}</p>
      )}
    </li>
  );
}

/** How far a budget is as a bar: what was spent, the thresholds, and where the pace leads. */
function Meter({ budget, status }: { budget: Budget; status: NonNullable<Budget["status"]> }) {
  const over = status.part >= 1;
  const will = !over && status.forecast >= budget.amount;
  const scale = Math.max(1, status.part, status.forecast / budget.amount);
  const place = (part: number) => `${(part / scale) * 100}%`;
  const least = status.unpriced_calls ? "≥ " : "";
  const digits = costDigits([status.spent, budget.amount]);
  return (
    <>
      <div className={classes.meter} aria-hidden>
        <span
          className={classes.spent}
          data-over={over || undefined}
          style={{ width: place(status.part) }}
        />
        {budget.thresholds.map((one) => (
          <span key={one} className={classes.threshold} style={{ left: place(one / 100) }} />
        ))}
      </div>
      <p className={classes.budgetSaid}>
        <b data-over={over || undefined}>
          {least}
          {cost(status.spent, digits)} of {cost(budget.amount, digits)} ({percent(status.part, 0)})
        </b>{" "}
        this {budget.period}, until {day(status.period_to)}. At this pace{" "}
        <span data-will={will || undefined}>{cost(status.forecast)}</span> by its end
        {status.exhausted_at && <>, all of it on {day(status.exhausted_at)}</>}.
        {status.unpriced_calls > 0 && (
          <> {plural(status.unpriced_calls, "call")} without a price.</>
        )}
        {budget.channels.length > 0
          ? ` ${plural(budget.channels.length, "channel")} told at ${budget.thresholds.map((one) => `${count(one)} %`).join(", ")}.`
          : " Nobody is told."}
      </p>
    </>
  );
}
