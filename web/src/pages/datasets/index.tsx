import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Database, Plus } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import { useAddress } from "../../address";
import {
  type Dataset,
  datasetsQuery,
  type Experiment,
  experimentsQuery,
} from "../../api/evaluation";
import { ago, count, exactTime, plural, score } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { FindField } from "../../parts/FindField";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { WaitingRows } from "../../parts/WaitingRows";
import classes from "./datasets.module.css";
import { NewDataset } from "./NewDataset";
import { useLinkKeys } from "./useLinkKeys";

/** All datasets: how large each is, and how the last experiment over it went. */
export default function DatasetsPage() {
  const [search, change] = useAddress();
  const navigate = useNavigate();
  const find = search.find ?? "";
  const [making, setMaking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const datasets = useInfiniteQuery(datasetsQuery(find));
  const rows = datasets.data?.pages.flatMap((page) => page.items);
  const { fetchNextPage } = datasets;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  useKeys("Datasets", [
    { key: "n", what: "New dataset", run: () => setMaking(true) },
    { key: "/", what: "Find a dataset", run: () => field.current?.focus() },
  ]);

  return (
    <Page
      global
      crumbs={[{ label: "Datasets" }]}
      actions={
        <>
          <Button icon={Plus} onClick={() => setMaking(true)}>
            New dataset
          </Button>
          <ShareButton />
        </>
      }
    >
      <div className={classes.bar}>
        <FindField
          ref={field}
          label="Find a dataset"
          value={find}
          onChange={(next) => change({ find: next || undefined }, "typing")}
        />
        {rows && (
          <span className={classes.counted} aria-live="polite">
            {datasets.hasNextPage ? "the first " : ""}
            {plural(rows.length, "dataset")}
          </span>
        )}
      </div>
      {datasets.error ? (
        <ErrorState error={datasets.error} onRetry={datasets.refetch} />
      ) : !rows ? (
        <WaitingRows rows={8} />
      ) : rows.length === 0 ? (
        find ? (
          <EmptyState
            title={`No dataset's name contains “${find}”`}
            action={<Button onClick={() => change({ find: undefined })}>Show all</Button>}
          />
        ) : (
          <EmptyState
            icon={Database}
            title="No datasets yet"
            action={
              <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>
                New dataset
              </Button>
            }
          >
            A dataset holds the examples that your application is judged by. Import a file, or
            select traces in the table and choose “Add to dataset”.
          </EmptyState>
        )
      ) : (
        <>
          <DatasetTable datasets={rows} />
          {datasets.hasNextPage && (
            <MoreOnSight loading={datasets.isFetchingNextPage} onMore={more} />
          )}
        </>
      )}
      <NewDataset
        opened={making}
        onClose={() => setMaking(false)}
        onMade={(made) =>
          void navigate({ to: "/datasets/$datasetId", params: { datasetId: made.id } })
        }
      />
    </Page>
  );
}

function DatasetTable({ datasets }: { datasets: readonly Dataset[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useLinkKeys("Datasets", body, "dataset");
  const last = useLastExperiments(datasets);
  return (
    <table className={`${table.table} ${classes.list}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={classes.wideOnly}>
            Description
          </th>
          <th scope="col" className={table.number}>
            Examples
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Splits
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Versions
          </th>
          <th scope="col" className={`${table.number} ${table.ends} ${classes.count}`}>
            Experiments
          </th>
          <th scope="col" className={`${classes.lastColumn} ${classes.wideOnly}`}>
            Last experiment
          </th>
          <th scope="col" className={`${table.time} ${classes.wideOnly}`}>
            Newest version
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {datasets.map((dataset) => (
          <tr key={dataset.id} className={table.row}>
            <td>
              <Link
                to="/datasets/$datasetId"
                params={{ datasetId: dataset.id }}
                className={table.rowLink}
                title={dataset.name}
              >
                {dataset.name}
              </Link>
            </td>
            <td className={`${classes.quiet} ${classes.wideOnly}`} title={dataset.description}>
              {dataset.description}
            </td>
            <td className={table.number}>{count(dataset.example_count)}</td>
            <td className={`${table.number} ${classes.wideOnly}`}>{count(dataset.split_count)}</td>
            <td className={`${table.number} ${classes.wideOnly}`}>
              {count(dataset.version_count)}
            </td>
            <td className={`${table.number} ${table.ends} ${classes.count}`}>
              {count(dataset.experiment_count)}
            </td>
            <td className={classes.wideOnly}>
              <LastExperiment dataset={dataset} experiment={last.get(dataset.id)} />
            </td>
            <td
              className={`${table.time} ${classes.wideOnly}`}
              title={exactTime(dataset.version ?? undefined)}
            >
              {ago(dataset.version)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The newest experiment of each dataset, as far as it is among the newest of all. */
function useLastExperiments(datasets: readonly Dataset[]): Map<string, Experiment> {
  const any = datasets.some((dataset) => dataset.experiment_count > 0);
  const { data } = useInfiniteQuery({ ...experimentsQuery({}), enabled: any });
  const found = new Map<string, Experiment>();
  for (const experiment of data?.pages[0]?.items ?? [])
    if (!found.has(experiment.dataset_id)) found.set(experiment.dataset_id, experiment);
  return found;
}

function LastExperiment({
  dataset,
  experiment,
}: {
  dataset: Dataset;
  experiment: Experiment | undefined;
}) {
  if (!experiment) return <span className={classes.quiet}>{ago(dataset.last_experiment_at)}</span>;
  const main = experiment.stats?.scores[0];
  return (
    <span title={exactTime(experiment.created_at)}>
      {experiment.name}
      {main?.mean != null && (
        <span className={classes.quiet}>
          {" "}
          {main.name} {score(main.mean)}, n {count(main.n)}
        </span>
      )}
    </span>
  );
}
