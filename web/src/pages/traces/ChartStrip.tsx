import { useElementSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Table2 } from "lucide-react";
import { useMemo, useState } from "react";
import { clock, span } from "../../format";
import { Button } from "../../parts/Button";
import { ErrorLine } from "../../parts/states";
import classes from "./ChartStrip.module.css";
import { metricsQuery } from "./queries";
import { StripBars } from "./StripBars";
import { StripTable } from "./StripTable";
import type { Measure, Scope } from "./state";
import { barsOf, stripQuestion, type Window } from "./strip";
import { useLastGood } from "./useLastGood";

interface Props {
  project: string;
  scope: Scope;
  /** Null until the filter is known to be right. */
  filter: string | null;
  measure: Measure;
  /** What the strip shows. */
  window: Window;
  /** The narrower range within it, when one was brushed. */
  brush: Window | null;
  onMeasure: (measure: Measure) => void;
  onBrush: (brush: Window | null) => void;
}

const NAMES: Record<Measure, string> = { count: "Count", latency: "Latency", cost: "Cost" };

/** The strip above the table: count by status, latency or cost over time; dragging zooms. */
export function ChartStrip(props: Props) {
  const { measure, scope, project, filter, window, brush } = props;
  const { ref, width } = useElementSize();
  const [asTable, setAsTable] = useState(false);
  const wanted = width > 0 && width < 480 ? 48 : 96;
  const { question, stepMs } = useMemo(
    () => stripQuestion(measure, scope, project, filter ?? "", window, wanted),
    [measure, scope, project, filter, window, wanted],
  );
  const query = useQuery({ ...metricsQuery(question), enabled: width > 0 && filter !== null });
  const answer = useLastGood(
    query.isPlaceholderData ? undefined : query.data,
    `${project} ${scope} ${measure}`,
  );
  const bars = useMemo(
    () => barsOf(answer, measure, window, stepMs),
    [answer, measure, window, stepMs],
  );

  return (
    <section className={classes.strip} aria-label="Over time">
      <header className={classes.head}>
        <div className={classes.measures} role="radiogroup" aria-label="Measure">
          {(Object.keys(NAMES) as Measure[]).map((one) => (
            <button
              key={one}
              type="button"
              role="radio"
              aria-checked={one === measure}
              className={classes.measure}
              onClick={() => props.onMeasure(one)}
            >
              {NAMES[one]}
            </button>
          ))}
        </div>
        <Legend measure={measure} scope={scope} />
        <Button
          look="quiet"
          small
          icon={Table2}
          className={classes.asTable}
          aria-label="Show as table"
          aria-pressed={asTable}
          title="Show as table"
          onClick={() => setAsTable(!asTable)}
        />
      </header>
      <div
        ref={ref}
        className={classes.plot}
        data-waiting={(!answer && query.isPending) || undefined}
      >
        {asTable ? (
          <StripTable bars={bars} measure={measure} />
        ) : query.error && !answer ? (
          <div className={classes.failed}>
            <ErrorLine error={query.error} onRetry={query.refetch} />
          </div>
        ) : (
          width > 0 && (
            <StripBars
              bars={bars}
              measure={measure}
              width={width}
              window={window}
              stepMs={stepMs}
              brush={brush}
              onBrush={props.onBrush}
            />
          )
        )}
      </div>
    </section>
  );
}

function Legend({ measure, scope }: { measure: Measure; scope: Scope }) {
  // What is drawn for sessions are their traces.
  const of = scope === "sessions" ? " traces" : "";
  if (measure === "count")
    return (
      <div className={classes.legend}>
        <span>
          <i data-mark="ok" /> ok{of}
        </span>
        <span>
          <i data-mark="error" /> error
        </span>
      </div>
    );
  if (measure === "cost") return <div className={classes.legend}>US dollars</div>;
  return (
    <div className={classes.legend}>
      <span>
        <i data-mark="low" /> p10 – p99
      </span>
      <span>
        <i data-mark="high" /> p25 – p75
      </span>
      <span>
        <i data-mark="line" /> p50
      </span>
    </div>
  );
}

/** `09:15 – 10:45`, with the days when they differ. */
export function brushLabel({ from, to }: Window): string {
  const a = new Date(from);
  const b = new Date(to);
  const sameDay = a.toDateString() === b.toDateString();
  const seconds = to - from < 10 * 60_000;
  return sameDay ? `${clock(a, seconds)} – ${clock(b, seconds)}` : span(a, b);
}
