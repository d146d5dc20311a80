import { Check, Minus } from "lucide-react";
import type { Facet } from "../../api/types";
import type { Condition } from "../../filter/conditions";
import { compact } from "../../format";
import classes from "./Facets.module.css";

interface Props {
  field: string;
  facet: Facet;
  limit: number;
  chips: readonly Condition[];
  onToggle: (field: string, value: string, not: boolean) => void;
}

/** Values shown before "show all". */
export const FEW = 5;

/** Values with their counts: a click adds one, with Alt it leaves one out. */
export function FacetValues({ field, facet, limit, chips, onToggle }: Props) {
  const chosen = new Map<string, boolean>();
  for (const chip of chips)
    if (chip.kind === "is" && chip.field === field)
      for (const value of chip.values) chosen.set(value, chip.not);
  const values = facet.values.slice(0, limit);
  const missing = [...chosen.keys()].filter((value) => !values.some((one) => one.value === value));
  const shown = [...values, ...missing.map((value) => ({ value, count: 0 }))];
  const most = Math.max(1, ...values.map((one) => one.count));

  return (
    <ul className={classes.values}>
      {shown.map(({ value, count }) => {
        const not = chosen.get(value);
        return (
          <li key={value}>
            <button
              type="button"
              className={classes.value}
              data-error={(field === "status" && value === "error") || undefined}
              data-chosen={not === false || undefined}
              data-excluded={not || undefined}
              aria-pressed={not !== undefined}
              title={value}
              onClick={(event) => onToggle(field, value, event.altKey || not === true)}
            >
              <span
                className={classes.bar}
                style={{ width: not === false ? "100%" : `${(count / most) * 100}%` }}
              />
              {not === false && <Check size={13} strokeWidth={2} aria-label="chosen" />}
              {not === true && <Minus size={13} strokeWidth={2} aria-label="left out" />}
              <span className={`${classes.label} ellipsis`}>
                {value === "" ? "(empty)" : value}
              </span>
              <span className={`${classes.count} num`}>{compact(count)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
