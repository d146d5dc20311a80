import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import { useAddress } from "../../address";
import { datasetsQuery, experimentsQuery } from "../../api/evaluation";
import { plural } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { FindField } from "../../parts/FindField";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { ExperimentList } from "./ExperimentList";
import classes from "./experiments.module.css";

/** All experiments, or those over one dataset with a chart for each score. */
export default function ExperimentsPage() {
  const [search, change] = useAddress();
  const { dataset } = search;
  const find = search.find ?? "";
  const field = useRef<HTMLInputElement>(null);
  const experiments = useInfiniteQuery(experimentsQuery({ dataset, q: find || undefined }));
  const datasets = useInfiniteQuery(datasetsQuery(""));
  const rows = experiments.data?.pages.flatMap((page) => page.items);
  const names = useMemo(
    () =>
      new Map(
        datasets.data?.pages.flatMap((page) => page.items).map((one) => [one.id, one.name]) ?? [],
      ),
    [datasets.data],
  );
  const { fetchNextPage } = experiments;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  useKeys("Experiments", [
    { key: "/", what: "Find an experiment", run: () => field.current?.focus() },
  ]);
  const oneDataset = rows !== undefined && new Set(rows.map((one) => one.dataset_id)).size === 1;

  return (
    <Page
      global
      crumbs={[{ label: "Experiments" }]}
      actions={
        <>
          <Link to="/experiments/run" search={{ dataset } as never} className={classes.actionLink}>
            <FlaskConical size={14} strokeWidth={1.75} aria-hidden />
            <span>Run an experiment</span>
          </Link>
          <ShareButton />
        </>
      }
    >
      <div className={classes.bar}>
        <FindField
          ref={field}
          label="Find an experiment"
          value={find}
          onChange={(next) => change({ find: next || undefined }, "typing")}
        />
        <select
          className={classes.select}
          aria-label="Dataset"
          value={dataset ?? ""}
          onChange={(event) => change({ dataset: event.currentTarget.value || undefined })}
        >
          <option value="">All datasets</option>
          {dataset && !names.has(dataset) && <option value={dataset}>{dataset}</option>}
          {[...names].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        {rows && (
          <span className={classes.quiet} aria-live="polite">
            {experiments.hasNextPage ? "the first " : ""}
            {plural(rows.length, "experiment")}
          </span>
        )}
      </div>
      {experiments.error ? (
        <ErrorState error={experiments.error} onRetry={experiments.refetch} />
      ) : !rows ? (
        <WaitingRows rows={8} />
      ) : rows.length === 0 ? (
        find || dataset ? (
          <EmptyState
            title="No experiment fits"
            action={
              <Button onClick={() => change({ find: undefined, dataset: undefined })}>
                Show all
              </Button>
            }
          >
            {find && <>No name contains “{find}”. </>}
            {dataset && <>Only {names.get(dataset) ?? "one dataset"} is looked at.</>}
          </EmptyState>
        ) : (
          <EmptyState icon={FlaskConical} title="No experiments yet">
            An experiment runs your application over the examples of a{" "}
            <Link to="/datasets">dataset</Link>.{" "}
            <Link to="/experiments/run">Run a prompt or an endpoint</Link> from here, evaluate with
            the LangSmith or Langfuse SDK, or begin one with <code>POST /api/v1/experiments</code>{" "}
            and send its traces.
          </EmptyState>
        )
      ) : (
        <>
          <ExperimentList
            experiments={rows}
            datasets={dataset ? undefined : names}
            charts={oneDataset}
          />
          {experiments.hasNextPage && (
            <MoreOnSight loading={experiments.isFetchingNextPage} onMore={more} />
          )}
        </>
      )}
    </Page>
  );
}
