import { type InputHTMLAttributes, type ReactNode, useId } from "react";
import classes from "./field.module.css";

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** One line below: what belongs here. */
  help?: ReactNode;
  /** What is wrong with the value; takes the place of the help. */
  error?: string | null;
  mono?: boolean;
}

/** A text field under its label. */
export function Field({ label, value, onChange, help, error, mono, ...input }: Props) {
  const id = useId();
  const below = error ?? help;
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label}
      </label>
      <input
        {...input}
        id={id}
        className={classes.input}
        data-mono={mono || undefined}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        aria-invalid={error ? true : undefined}
        aria-describedby={below ? `${id}-below` : undefined}
      />
      {below && (
        <p className={classes.below} id={`${id}-below`} data-error={error ? true : undefined}>
          {below}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  help?: ReactNode;
  /** What is wrong with the choice; takes the place of the help. */
  error?: string | null;
}

/** One of a few, in the browser's own list. */
export function Choice({ label, value, options, onChange, help, error }: ChoiceProps) {
  const id = useId();
  const below = error ?? help;
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className={classes.input}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        aria-invalid={error ? true : undefined}
        aria-describedby={below ? `${id}-below` : undefined}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {below && (
        <p className={classes.below} id={`${id}-below`} data-error={error ? true : undefined}>
          {below}
        </p>
      )}
    </div>
  );
}
