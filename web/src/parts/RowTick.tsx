import type { ComponentProps } from "react";
import classes from "./parts.module.css";

interface Props extends ComponentProps<"input"> {
  label: string;
}

/** The box that ticks a row. All of its cell answers to presses; the cell holds it by its place. */
export function RowTick({ label, ...box }: Props) {
  return (
    <label className={classes.rowTick}>
      <input type="checkbox" aria-label={label} {...box} />
    </label>
  );
}
