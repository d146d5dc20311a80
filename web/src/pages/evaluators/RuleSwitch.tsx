import { useMutation, useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import classes from "./evaluators.module.css";
import { EVALUATORS, type Rule, rulePath } from "./queries";

/** Turns a rule on and off. */
export function RuleSwitch({ rule }: { rule: Rule }) {
  const cache = useQueryClient();
  const turning = useMutation({
    mutationFn: (enabled: boolean) => send<Rule>("PATCH", rulePath(rule.id), { enabled }),
    onSettled: () => cache.invalidateQueries({ queryKey: EVALUATORS }),
  });
  const on = turning.isPending ? turning.variables : rule.enabled;
  return (
    <span className={classes.switchWhole}>
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-label={`Run ${rule.name}`}
        className={classes.switch}
        onClick={() => !turning.isPending && turning.mutate(!rule.enabled)}
      >
        <i />
      </button>
      <span
        className={classes.switchWord}
        data-bad={(on && rule.state === "budget") || undefined}
        title={on && rule.state === "budget" ? "Its budget is used up" : undefined}
      >
        {!on ? "off" : rule.state === "budget" ? "budget" : "on"}
      </span>
      {turning.error && (
        <span className={classes.bad} role="alert">
          {turning.error.message}
        </span>
      )}
    </span>
  );
}
