import { type ReactNode, useId } from "react";
import classes from "./field.module.css";

/** What ties a control to its label and to the line below it. */
export interface Control {
  id: string;
  "aria-invalid": true | undefined;
  "aria-describedby": string | undefined;
}

interface Props {
  label: ReactNode;
  /** At the right end of the label's line. */
  beside?: ReactNode;
  /** One line below the control. */
  below?: ReactNode;
  /** The line below says what is wrong. */
  wrong?: boolean;
  children: (control: Control) => ReactNode;
}

/** A control with its label above and a line below. */
export function Labelled({ label, beside, below, wrong, children }: Props) {
  const id = useId();
  const name = (
    <label className={classes.label} htmlFor={id}>
      {label}
    </label>
  );
  return (
    <div className={classes.field}>
      {beside ? (
        <div className={classes.labelLine}>
          {name}
          {beside}
        </div>
      ) : (
        name
      )}
      {children({
        id,
        "aria-invalid": wrong || undefined,
        "aria-describedby": below ? `${id}-below` : undefined,
      })}
      {below && (
        <p className={classes.below} id={`${id}-below`} data-error={wrong || undefined}>
          {below}
        </p>
      )}
    </div>
  );
}
