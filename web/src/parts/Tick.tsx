import { type ReactNode, useId } from "react";
import classes from "./field.module.css";

interface Props {
  label: ReactNode;
  /** A quiet line below. */
  help?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** A box to tick with its words. */
export function Tick({ label, help, checked, onChange }: Props) {
  const id = useId();
  return (
    <div className={classes.tick}>
      <input
        type="checkbox"
        id={id}
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
        aria-describedby={help ? `${id}-help` : undefined}
      />
      <label htmlFor={id}>{label}</label>
      {help && (
        <span className={classes.tickHelp} id={`${id}-help`}>
          {help}
        </span>
      )}
    </div>
  );
}
