import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useCallback } from "react";
import { type Dataset, experimentsQuery } from "../../api/evaluation";
import { CopyButton } from "../../parts/CopyButton";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { ExperimentList } from "../experiments/ExperimentList";
import classes from "./datasets.module.css";

/** The experiments over a dataset: a chart for each score, and the table. */
export function DatasetExperiments({ dataset }: { dataset: Dataset }) {
  const experiments = useInfiniteQuery(experimentsQuery({ dataset: dataset.id }));
  const { fetchNextPage } = experiments;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const rows = experiments.data?.pages.flatMap((page) => page.items);
  if (experiments.error)
    return <ErrorState error={experiments.error} onRetry={experiments.refetch} />;
  if (!rows)
    return (
      <div aria-busy className={classes.head}>
        <Skeleton height={140} />
      </div>
    );
  if (rows.length === 0)
    return (
      <EmptyState icon={FlaskConical} title="No experiment ran over this dataset">
        <Link to="/experiments/run" search={{ dataset: dataset.id } as never}>
          Run a prompt or an endpoint
        </Link>{" "}
        over it, evaluate with the LangSmith or Langfuse SDK, or begin one with{" "}
        <code>POST /api/v1/experiments</code> and <code>"dataset_id": "{dataset.id}"</code>{" "}
        <CopyButton text={dataset.id} label="Copy dataset id" />
      </EmptyState>
    );
  return (
    <>
      <ExperimentList experiments={rows} charts />
      {experiments.hasNextPage && (
        <MoreOnSight loading={experiments.isFetchingNextPage} onMore={more} />
      )}
    </>
  );
}
