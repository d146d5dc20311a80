import type { ReactNode } from "react";
import classes from "./form.module.css";

interface Props {
  /** What went wrong; nothing stands here without. */
  error: Error | null;
  /** A way out, after the sentence. */
  children?: ReactNode;
}

/** Why something was not done, where it was asked for. */
export function Problem({ error, children }: Props) {
  if (!error) return null;
  return (
    <p className={classes.problem} role="alert">
      {error.message} {children}
    </p>
  );
}
