import { Plus, X } from "lucide-react";
import type { Measured } from "../../../api/types";
import { Button } from "../../../parts/Button";
import { Labelled } from "../../../parts/Labelled";
import classes from "./dashboards.module.css";
import { BUCKETED, USUAL } from "./model";

const MOST = 7; // as many series as have a colour of their own

interface Props {
  scope: Measured["scope"];
  measures: readonly string[];
  /** A histogram of a field. */
  bucketed: boolean;
  several: boolean;
  onChange: (measures: string[]) => void;
}

/** Measures as the API writes them, the usual ones suggested. */
export function MeasureFields({ scope, measures, bucketed, several, onChange }: Props) {
  const set = (at: number, text: string) =>
    onChange(measures.map((one, n) => (n === at ? text : one)));
  return (
    <Labelled
      label={several ? "Measures" : "Measure"}
      beside={
        several && measures.length < MOST ? (
          <Button look="quiet" small icon={Plus} onClick={() => onChange([...measures, ""])}>
            Add measure
          </Button>
        ) : null
      }
    >
      {(control) => (
        <div className={classes.measures}>
          {measures.map((measure, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two measures may be the same while typing
            <div key={n} className={classes.measure}>
              <input
                {...(n === 0 ? control : { "aria-label": `Measure ${n + 1}` })}
                className={classes.measureField}
                value={measure}
                list="usual-measures"
                spellCheck={false}
                onChange={(event) => set(n, event.currentTarget.value)}
              />
              {measures.length > 1 && (
                <Button
                  look="quiet"
                  small
                  icon={X}
                  aria-label={`Remove measure ${n + 1}`}
                  onClick={() => onChange(measures.filter((_, at) => at !== n))}
                />
              )}
            </div>
          ))}
          <datalist id="usual-measures">
            {(bucketed ? BUCKETED : USUAL[scope]).map((measure) => (
              <option key={measure} value={measure} />
            ))}
          </datalist>
        </div>
      )}
    </Labelled>
  );
}
