import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { oneOf, useAddress } from "../../address";
import { datasetQuery, type Experiment, type Metric, splitsQuery } from "../../api/evaluation";
import { Button } from "../../parts/Button";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { Counts } from "./Counts";
import classes from "./compared.module.css";
import { Figures } from "./Figures";
import { Measures } from "./Measures";
import { MetricTable } from "./MetricTable";
import { rowsQuery } from "./queries";
import { Rows } from "./Rows";
import { SideBar } from "./SideBar";
import { namesIn, sideOf, WAYS, type Way } from "./sides";

interface Props {
  /** The first is the baseline. */
  ids: readonly string[];
  experiments: readonly Experiment[];
  metrics: readonly Metric[];
}

/** The figures of the experiments, what changed how often, and the examples with their outputs. */
export function Compared({ ids, experiments, metrics }: Props) {
  const [search, change] = useAddress();
  const alone = ids.length === 1;
  const scores = metrics.filter((metric) => metric.kind === "score");
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
    : scores.map((one) => one.name);
  const narrowed = !!way || !!search.split || errors;

  return (
    <>
      <SideBar ids={ids} experiments={experiments} dataset={dataset.data} against={against} />
      {/* The sentence that says who is better stands here once evaluation measures it. */}
      <div className={classes.summary} data-alone={alone || undefined}>
        {alone ? (
          <Figures experiment={experiments[0] as Experiment} />
        ) : (
          <MetricTable
            ids={ids}
            experiments={experiments}
            metrics={scores}
            chosen={metric?.name}
            onChoose={(name, id, next) =>
              change({ metric: name, against: id ?? against, change: next })
            }
          />
        )}
        <Measures experiments={experiments} />
      </div>
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
        onMetric={(name) => change({ metric: name })}
        onWay={(next) => change({ change: next, metric: metric?.name, against })}
        onErrors={(next) => change({ errors: next ? "1" : undefined })}
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
            names={names}
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
