import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { oneOf, useAddress } from "../../address";
import { datasetQuery, type Experiment, type Metric, splitsQuery } from "../../api/evaluation";
import { Button } from "../../parts/Button";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { Counts } from "./Counts";
import { scoresFirst } from "./compared";
import classes from "./compared.module.css";
import { Judge } from "./Judge";
import { rowsQuery } from "./queries";
import { Rows } from "./Rows";
import { SideBar } from "./SideBar";
import { Summary } from "./Summary";
import { namesIn, sideOf, WAYS, type Way, wordsOf } from "./sides";

interface Props {
  /** The first is the baseline. */
  ids: readonly string[];
  experiments: readonly Experiment[];
  metrics: readonly Metric[];
}

/** Columns of scores that leave room for the texts. */
const COLUMNS = 4;

/** The figures of the experiments, what changed how often, and the examples with their outputs. */
export function Compared({ ids, experiments, metrics }: Props) {
  const [search, change] = useAddress();
  const alone = ids.length === 1;
  const scores = scoresFirst(metrics, experiments.at(-1)?.evaluator_keys ?? []).toSorted(
    (one, other) => Number(isShared(other)) - Number(isShared(one)),
  );
  const metric = metrics.find((one) => one.name === search.metric) ?? scores[0] ?? metrics[0];
  const against = ids.slice(1).find((id) => id === search.against) ?? ids[1];
  const way = alone ? undefined : wayIn(search.change);
  const errors = search.errors === "1";
  const dataset = useQuery(datasetQuery(experiments[0]?.dataset_id ?? ""));
  const splits = useQuery(splitsQuery(experiments[0]?.dataset_id ?? ""));
  const rows = useInfiniteQuery({
    ...rowsQuery(ids, {
      metric: metric?.name,
      change: way,
      against,
      split: search.split,
      filter: errors ? 'status = "error"' : undefined,
    }),
    placeholderData: keepPreviousData,
  });
  const { fetchNextPage } = rows;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const items = rows.data?.pages.flatMap((page) => page.items);
  const names = alone
    ? (experiments[0]?.stats?.scores.map((one) => one.name) ?? namesIn(items ?? []))
    : [...scores.map((one) => one.name), ...wordsOf(experiments, metrics)];
  const many = names.length > COLUMNS + 1;
  const wide = !many || search.columns === "all";
  const shown = wide ? names : chosenFirst(names, search.metric).slice(0, COLUMNS);
  const narrowed = !!way || !!search.split || errors;

  const [first] = experiments;
  const judging = alone && search.view === "judge";
  const head = (
    <>
      <SideBar ids={ids} experiments={experiments} dataset={dataset.data} against={against} />
      {alone && (
        <Views
          judging={judging}
          onJudging={(next) => change({ view: next ? "judge" : undefined })}
        />
      )}
    </>
  );
  if (judging && first)
    return (
      <>
        {head}
        {items ? (
          <Judge experiment={first} rows={items} />
        ) : rows.error ? (
          <ErrorState error={rows.error} onRetry={rows.refetch} />
        ) : (
          <WaitingRows rows={4} />
        )}
      </>
    );
  return (
    <>
      {head}
      <Summary
        ids={ids}
        experiments={experiments}
        scores={scores}
        chosen={metric?.name}
        figures={search.figures === "1"}
        onChoose={(name, id, next) =>
          change({ metric: name, against: id ?? search.against, change: next })
        }
        onFigures={(shown) => change({ figures: shown ? "1" : undefined })}
      />
      <Counts
        alone={alone}
        metrics={metrics}
        metric={metric}
        side={sideOf(metric, against)}
        at={ids.indexOf(against ?? "")}
        way={way}
        total={alone ? experiments[0]?.stats?.example_count : undefined}
        errors={errors}
        split={search.split}
        splits={splits.data?.items ?? []}
        columns={many ? { all: wide, of: names.length } : undefined}
        onMetric={(name) => change({ metric: name })}
        onWay={(next) => change({ change: next, metric: metric?.name, against })}
        onErrors={(next) => change({ errors: next ? "1" : undefined })}
        onColumns={() => change({ columns: wide ? undefined : "all" })}
        onSplit={(next) => change({ split: next })}
      />
      {rows.error ? (
        <ErrorState error={rows.error} onRetry={rows.refetch} />
      ) : !items ? (
        <WaitingRows rows={4} />
      ) : items.length === 0 ? (
        <EmptyState
          title={narrowed ? "No example fits" : "No example was run yet"}
          action={
            narrowed && (
              <Button
                onClick={() => change({ change: undefined, split: undefined, errors: undefined })}
              >
                Show all
              </Button>
            )
          }
        >
          {!narrowed && "Rows appear as soon as traces of this experiment arrive."}
        </EmptyState>
      ) : (
        <>
          <Rows
            ids={ids}
            experiments={experiments}
            rows={items}
            names={shown}
            metrics={metrics}
            open={search.example}
            onOpen={(id) => change({ example: id }, "typing")}
          />
          {rows.hasNextPage && <MoreOnSight loading={rows.isFetchingNextPage} onMore={more} />}
        </>
      )}
    </>
  );
}

/** The way that the address names, if it is one. */
function wayIn(value: string | undefined): Way | undefined {
  return value === undefined
    ? undefined
    : oneOf(value, WAYS) === value
      ? (value as Way)
      : undefined;
}

interface ViewsProps {
  judging: boolean;
  onJudging: (judging: boolean) => void;
}

/** What is looked at of one experiment: its runs, or its judge. */
function Views({ judging, onJudging }: ViewsProps) {
  return (
    <nav className={classes.views} aria-label="Parts of the experiment">
      {([false, true] as const).map((one) => (
        <button
          key={String(one)}
          type="button"
          aria-current={one === judging ? "true" : undefined}
          onClick={() => onJudging(one)}
        >
          {one ? "Judge against people" : "Runs"}
        </button>
      ))}
    </nav>
  );
}

/** Whether any experiment can be compared with the baseline in it. */
function isShared(metric: Metric): boolean {
  return metric.sides.some((side) => side.n > 0);
}

function chosenFirst(names: readonly string[], chosen: string | undefined): string[] {
  return names.toSorted((a, b) => Number(b === chosen) - Number(a === chosen));
}
