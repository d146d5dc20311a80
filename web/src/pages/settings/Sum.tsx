import { UNKNOWN } from "../../format";
import sums from "./storage.module.css";

interface SumProps {
  label: string;
  figure: string;
  more?: string;
  bad?: boolean;
}

/** One of the figures over a section. */
export function Sum({ label, figure, more, bad }: SumProps) {
  return (
    <div className={sums.sum} data-bad={bad || undefined}>
      <span className={sums.sumLabel}>{label}</span>
      <span className={sums.sumFigure}>{figure || UNKNOWN}</span>
      <span className={sums.sumMore}>{more}</span>
    </div>
  );
}
