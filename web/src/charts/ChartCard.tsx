import { ChartLine, Table2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { span } from "../format";
import { Button } from "../parts/Button";
import { ErrorState, Skeleton } from "../parts/states";
import { CardHead } from "./CardHead";
import { ChartMenu } from "./ChartMenu";
import { ChartTable } from "./ChartTable";
import type { Change } from "./change";
import classes from "./charts.module.css";
import { type ChartData, namesInLegend, sentenceOf } from "./series";
import { HEIGHT, TimeSeries } from "./TimeSeries";
import type { TooltipName, TooltipRows } from "./Tooltip";
import { inWords } from "./values";

interface Props {
  title: string;
  /** Of its heading. */
  level?: 2 | 3;
  /** Large and its unit, small: ["4.12", "s p50"]; null while it is not known yet. */
  figure?: [string, string] | null;
  change?: Change | null;
  /** A second, smaller figure: "44 % streamed". */
  more?: string;
  data: ChartData | undefined;
  error?: unknown;
  onRetry?: () => void;
  group: string;
  /** A way to the rows behind the whole chart. */
  tool?: ReactNode;
  rows?: TooltipRows;
  nameOf?: TooltipName;
  onRange?: (from: number, to: number) => void;
  /** Of what is drawn, in pixels. */
  height?: number;
  /** More entries of its menu. */
  menu?: ReactNode;
}

/** A titled figure with its change, over lines that can also be read as a table. */
export function ChartCard(props: Props) {
  const { title, data, error, onRetry, height = HEIGHT } = props;
  const [asTable, setAsTable] = useState(false);
  return (
    <section className={classes.card} aria-label={title}>
      <CardHead
        title={title}
        level={props.level}
        figure={props.figure}
        change={props.change}
        more={props.more}
        legend={data && <Legend data={data} />}
        tools={
          <>
            {props.tool}
            <Button
              look="quiet"
              small
              icon={asTable ? ChartLine : Table2}
              aria-label={asTable ? `Show ${title} as chart` : `Show ${title} as table`}
              title={asTable ? "Show as chart" : "Show as table"}
              onClick={() => setAsTable(!asTable)}
            />
            {(data || props.menu) && <ChartMenu title={title} data={data} more={props.menu} />}
          </>
        }
      />
      <div className={classes.body} style={{ height }}>
        {error ? (
          <ErrorState error={error} onRetry={onRetry} />
        ) : data === undefined ? (
          <Skeleton height={height} />
        ) : isBlank(data) ? (
          <p className={classes.blank}>Nothing known in this time.</p>
        ) : asTable ? (
          <ChartTable data={data} caption={title} />
        ) : (
          <TimeSeries
            data={data}
            group={props.group}
            rows={props.rows}
            nameOf={props.nameOf}
            onRange={props.onRange}
            height={height}
            sentence={sentenceOf(title, data, rangeOf(data), (value) => inWords(value, data.unit))}
          />
        )}
      </div>
    </section>
  );
}

function isBlank({ series }: ChartData): boolean {
  return series.every(({ values, before }) =>
    [...values, ...(before ?? [])].every((v) => v == null),
  );
}

function rangeOf({ starts, interval }: ChartData): string {
  const last = starts[starts.length - 1] ?? 0;
  return span(new Date(starts[0] ?? 0), new Date(last + interval.ms));
}

/** Names from the top to the bottom of lines, of bars from the first up. */
function Legend({ data }: { data: ChartData }) {
  const named = data.stacked ? data.series : data.series.toReversed();
  const room = namesInLegend(named.map(({ label }) => label));
  const more = named.length - room;
  if (data.heat || (named.length === 1 && !named[0]?.before)) return null; // the title names it
  return (
    <span className={classes.legend}>
      {named.slice(0, room).map((one) => (
        <span key={one.key} className={classes.legendItem}>
          <span className={classes.swatch} style={{ background: `var(--${one.token})` }} />
          <span className="ellipsis" title={one.label}>
            {one.label}
          </span>
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
