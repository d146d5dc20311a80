import type { ReactNode } from "react";
import type { Condition, Preview } from "../../api/alerts";
import { ChartCard } from "../../charts/ChartCard";
import classes from "./alerts.module.css";
import { chartOf } from "./chart";
import { type Scope, titleOf, unitOf } from "./measures";

interface Props {
  scope: Scope;
  measure: string;
  condition: Condition;
  preview: Preview | undefined;
  spells: Parameters<typeof chartOf>[3];
  error: Error | null;
  onRetry: () => void;
  /** Below the chart. */
  children?: ReactNode;
}

/** What a rule measured, with its bounds, the time of its episodes shaded. */
export function AlertChart(props: Props) {
  const { scope, measure, condition, preview, spells, error, onRetry, children } = props;
  const unit = unitOf(measure);
  const title = titleOf({ measure, scope });
  return (
    <div className={classes.chart}>
      <ChartCard
        title={title.charAt(0).toUpperCase() + title.slice(1)}
        data={preview && chartOf(preview, condition, unit, spells)}
        error={preview ? null : error}
        onRetry={onRetry}
        group="alert"
      />
      {children}
    </div>
  );
}
