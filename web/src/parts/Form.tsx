import type { ComponentProps, ReactNode } from "react";
import { Button } from "./Button";
import classes from "./form.module.css";
import { Problem } from "./Problem";

interface Props extends Omit<ComponentProps<"form">, "onSubmit"> {
  /** The keeping that the form is for: one at a time, and what went wrong with it. */
  saving: { isPending: boolean; error: Error | null; mutate: () => void };
  /** On the button that keeps. */
  word: string;
  /** Why it cannot be kept yet, said beside the button. */
  problem?: string | null;
  /** It cannot be kept yet, and everybody sees why. */
  disabled?: boolean;
  /** A form in a dialog has a way out, and its buttons stand at the right. */
  onCancel?: () => void;
  /** Beside the button: what keeping means. */
  note?: ReactNode;
  /** Beside what went wrong. */
  wayOut?: ReactNode;
  /** What went wrong is said beside the field that it is about. */
  saidAbove?: boolean;
}

/** Fields, what went wrong with keeping them, and the button that keeps them. */
export function Form(props: Props) {
  const { saving, word, problem, disabled, onCancel, note, wayOut, saidAbove, children, ...form } =
    props;
  const cannot = Boolean(problem) || disabled || saving.isPending;
  const beside = problem ?? note;
  return (
    <form
      {...form}
      className={`${classes.form} ${form.className ?? ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (!cannot) saving.mutate();
      }}
    >
      {children}
      {!saidAbove && <Problem error={saving.error}>{wayOut}</Problem>}
      <div className={classes.actions} data-dialog={onCancel !== undefined || undefined}>
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" look="primary" disabled={cannot}>
          {word}
        </Button>
        {beside && <span className={classes.note}>{beside}</span>}
      </div>
    </form>
  );
}
