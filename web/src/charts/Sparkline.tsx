import classes from "./charts.module.css";
import { sparkPath } from "./spark";

interface Props {
  values: readonly (number | null)[];
  /** Said instead of shown; the figures beside it carry the message. */
  label: string;
  width?: number;
  height?: number;
}

/** A line the size of a word. */
export function Sparkline({ values, label, width = 120, height = 20 }: Props) {
  return (
    <svg
      className={classes.spark}
      width={width}
      height={height + 2}
      viewBox={`0 -1 ${width} ${height + 2}`}
      role="img"
      aria-label={label}
    >
      <path d={sparkPath(values, width, height)} />
    </svg>
  );
}
