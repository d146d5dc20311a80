import { type ReactNode, useId } from "react";
import classes from "./field.module.css";

interface Props {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  /** What is wrong, one line each. */
  errors?: readonly string[];
  help?: ReactNode;
  placeholder?: string;
  rows?: number;
}

/** JSON as text under its label, with what is wrong below. */
export function JsonField({ label, value, onChange, errors, help, placeholder, rows }: Props) {
  const id = useId();
  const wrong = errors !== undefined && errors.length > 0;
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        className={classes.area}
        value={value}
        rows={rows ?? Math.min(16, Math.max(4, value.split("\n").length))}
        spellCheck={false}
        placeholder={placeholder}
        onChange={(event) => onChange(event.currentTarget.value)}
        aria-invalid={wrong || undefined}
        aria-describedby={wrong || help ? `${id}-below` : undefined}
      />
      {wrong ? (
        <ul
          className={classes.below}
          id={`${id}-below`}
          data-error
          style={{ listStyle: "none" }}
          aria-live="polite"
        >
          {errors.map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      ) : (
        help && (
          <p className={classes.below} id={`${id}-below`}>
            {help}
          </p>
        )
      )}
    </div>
  );
}
