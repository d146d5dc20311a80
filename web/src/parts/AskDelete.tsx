import type { ReactNode } from "react";
import { Button } from "./Button";
import classes from "./form.module.css";
import { Problem } from "./Problem";

interface Props {
  /** The deletion that is asked about. */
  deletion: { isPending: boolean; error: Error | null; mutate: () => void };
  /** On the button that deletes. */
  word: string;
  disabled?: boolean;
  onKeep: () => void;
  /** What is lost, and what stays. */
  children: ReactNode;
}

/** Asks, in a dialog, before something is gone. */
export function AskDelete({ deletion, word, disabled, onKeep, children }: Props) {
  return (
    <div className={classes.form}>
      {children}
      <Problem error={deletion.error} />
      <div className={classes.actions} data-dialog>
        <Button look="quiet" onClick={onKeep} data-autofocus>
          Keep
        </Button>
        <Button
          look="danger"
          disabled={disabled || deletion.isPending}
          onClick={() => deletion.mutate()}
        >
          {word}
        </Button>
      </div>
    </div>
  );
}
