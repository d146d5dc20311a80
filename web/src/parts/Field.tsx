import type { InputHTMLAttributes, ReactNode } from "react";
import classes from "./field.module.css";
import { Labelled } from "./Labelled";

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** One line below: what belongs here. */
  help?: ReactNode;
  /** What is wrong with the value; takes the place of the help. */
  error?: string | false | null;
  mono?: boolean;
}

/** A text field under its label. */
export function Field({ label, value, onChange, help, error, mono, ...input }: Props) {
  return (
    <Labelled label={label} below={error || help} wrong={Boolean(error)}>
      {(control) => (
        <input
          {...input}
          {...control}
          className={classes.input}
          data-mono={mono || undefined}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Labelled>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  help?: ReactNode;
  /** What is wrong with the choice; takes the place of the help. */
  error?: string | false | null;
}

/** One of a few, in the browser's own list. */
export function Choice({ label, value, options, onChange, help, error }: ChoiceProps) {
  return (
    <Labelled label={label} below={error || help} wrong={Boolean(error)}>
      {(control) => (
        <select
          {...control}
          className={classes.input}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}
