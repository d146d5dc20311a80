import { ChartLine, Table2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { span } from "../format";
import { Button } from "../parts/Button";
import { ErrorState, Skeleton } from "../parts/states";
import { ChangeMark } from "./ChangeMark";
import { ChartTable } from "./ChartTable";
import type { Change } from "./change";
import classes from "./charts.module.css";
import { type ChartData, sentenceOf } from "./series";
import { TimeSeries } from "./TimeSeries";
import type { TooltipRows } from "./Tooltip";
import { inWords } from "./values";

interface Props {
  title: string;
  /** Large and its unit, small: ["4.12", "s p50"]. */
  figure?: [string, string];
  change?: Change | null;
  data: ChartData | undefined;
  error?: unknown;
  onRetry?: () => void;
  group: string;
  /** A way to the rows behind the whole chart. */
  tool?: ReactNode;
  rows?: TooltipRows;
  onRange?: (from: number, to: number) => void;
}

/** A titled figure with its change, over lines that can also be read as a table. */
export function ChartCard(props: Props) {
  const { title, figure, change, data, error, onRetry } = props;
  const [asTable, setAsTable] = useState(false);
  return (
    <section className={classes.card} aria-label={title}>
      <div className={classes.head}>
        <h2 className={classes.title}>{title}</h2>
        {data && <Legend data={data} />}
        <span className={classes.tools}>
          {props.tool}
          <Button
            look="quiet"
            small
            icon={asTable ? ChartLine : Table2}
            aria-label={asTable ? `Show ${title} as chart` : `Show ${title} as table`}
            title={asTable ? "Show as chart" : "Show as table"}
            onClick={() => setAsTable(!asTable)}
          />
        </span>
      </div>
      {figure && (
        <div className={classes.figureLine}>
          <span className={classes.figure}>{figure[0]}</span>
          {figure[1] && <span className={classes.figureUnit}>{figure[1]}</span>}
          <ChangeMark change={change ?? null} />
        </div>
      )}
      <div className={classes.body}>
        {error ? (
          <ErrorState error={error} onRetry={onRetry} />
        ) : data === undefined ? (
          <Skeleton height={170} />
        ) : asTable ? (
          <ChartTable data={data} caption={title} />
        ) : (
          <TimeSeries
            data={data}
            group={props.group}
            rows={props.rows}
            onRange={props.onRange}
            sentence={sentenceOf(title, data, rangeOf(data), (value) => inWords(value, data.unit))}
          />
        )}
      </div>
    </section>
  );
}

function rangeOf({ starts, interval }: ChartData): string {
  const last = starts[starts.length - 1] ?? 0;
  return span(new Date(starts[0] ?? 0), new Date(last + interval.ms));
}

/** Names in the order of the lines from top to bottom, three at most. */
function Legend({ data }: { data: ChartData }) {
  const named = [...data.series].reverse();
  const more = named.length - 3;
  return (
    <span className={classes.legend}>
      {named.slice(0, 3).map((one) => (
        <span key={one.key} className={classes.legendItem}>
          <span className={classes.swatch} style={{ background: `var(--${one.token})` }} />
          {one.label}
        </span>
      ))}
      {more > 0 && <span>+{more}</span>}
      {data.series.some((one) => one.before) && (
        <span className={classes.legendItem}>
          <span className={classes.ghostSwatch} />
          <span className={classes.ghostWords}>{data.beforeLabel ?? "before"}</span>
          <span className={classes.ghostShort} aria-hidden>
            before
          </span>
        </span>
      )}
    </span>
  );
}
