import { Columns3 } from "lucide-react";
import type { Metric, Side } from "../../api/evaluation";
import { count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { Tick } from "../../parts/Tick";
import classes from "./compared.module.css";
import shared from "./experiments.module.css";
import { ICONS } from "./MetricTable";
import { letterOf, WAYS, type Way } from "./sides";

interface Props {
  alone: boolean;
  metrics: readonly Metric[];
  metric: Metric | undefined;
  side: Side | undefined;
  /** The place of the side's experiment. */
  at: number;
  way: Way | undefined;
  total: number | undefined;
  errors: boolean;
  split: string | undefined;
  splits: readonly string[];
  /** Where not all scores need have a column: whether they do, and how many there are. */
  columns: { all: boolean; of: number } | undefined;
  onColumns: () => void;
  onMetric: (name: string) => void;
  onWay: (way: Way | undefined) => void;
  onErrors: (on: boolean) => void;
  onSplit: (split: string | undefined) => void;
}

const WORDS: Record<Way, string> = { better: "Better", worse: "Worse", same: "Same" };
const MEASURES: Record<string, string> = {
  duration_ms: "duration",
  total_tokens: "tokens",
  cost: "cost",
};

/** How many examples went which way, as toggles that narrow the rows below. */
export function Counts(props: Props) {
  const { alone, metrics, metric, side, at, way, errors, split, splits, columns } = props;
  return (
    <div className={classes.counts}>
      {!alone && metric && side && (
        <>
          <span
            className={classes.stack}
            role="img"
            aria-label={`${count(side.better)} better, ${count(side.same)} the same, ${count(side.worse)} worse`}
          >
            {(["better", "same", "worse"] as const).map(
              (one) =>
                side[one] > 0 && <span key={one} data-way={one} style={{ flexGrow: side[one] }} />,
            )}
          </span>
          <button
            type="button"
            className={classes.count}
            aria-pressed={way === undefined}
            onClick={() => props.onWay(undefined)}
          >
            All <b>{count(side.n)}</b>
          </button>
          {WAYS.map((one) => {
            const Icon = ICONS[one];
            return (
              <button
                key={one}
                type="button"
                className={classes.count}
                aria-pressed={way === one}
                onClick={() => props.onWay(way === one ? undefined : one)}
              >
                <span data-way={side[one] > 0 ? one : undefined} style={{ display: "flex" }}>
                  <Icon size={14} strokeWidth={1.75} aria-hidden />
                </span>
                {WORDS[one]} <b>{count(side[one])}</b>
              </button>
            );
          })}
          <span className={shared.quiet}>on</span>
          <select
            className={shared.select}
            aria-label="By which measure"
            value={metric.name}
            onChange={(event) => props.onMetric(event.currentTarget.value)}
          >
            {metrics.map((one) => (
              <option key={one.name} value={one.name}>
                {MEASURES[one.name] ?? one.name}
              </option>
            ))}
          </select>
          {metrics.some((one) => one.sides.length > 1) && (
            <span className={shared.quiet}>{letterOf(at)} against A</span>
          )}
        </>
      )}
      {alone && <b>{plural(props.total ?? 0, "example")}</b>}
      <span className={classes.over} />
      {splits.length > 1 && (
        <select
          className={shared.select}
          aria-label="Split"
          value={split ?? ""}
          onChange={(event) => props.onSplit(event.currentTarget.value || undefined)}
        >
          <option value="">All splits</option>
          {splits.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      )}
      {columns && (
        <Button small icon={Columns3} onClick={props.onColumns}>
          {columns.all ? "Fewer scores" : `All ${plural(columns.of, "score")}`}
        </Button>
      )}
      <Tick label="Only failed runs" checked={errors} onChange={props.onErrors} />
    </div>
  );
}
