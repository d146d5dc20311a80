import type { ReactNode, Ref, TextareaHTMLAttributes } from "react";
import classes from "./field.module.css";
import { Labelled } from "./Labelled";

interface Props extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "onChange"> {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  /** One line below: what belongs here. */
  help?: ReactNode;
  /** At the right end of the label's line. */
  beside?: ReactNode;
  mono?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}

/** A text of several lines under its label. */
export function Area({ label, value, onChange, help, beside, mono, ...area }: Props) {
  return (
    <Labelled label={label} beside={beside} below={help}>
      {(control) => (
        <textarea
          dir="auto"
          spellCheck={mono ? false : undefined}
          {...area}
          {...control}
          className={classes.text}
          data-mono={mono || undefined}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Labelled>
  );
}
