import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../../api/client";
import { projectsQuery } from "../../api/projects";
import { bytes, compact, percent } from "../../format";
import { ErrorState, Skeleton } from "../../parts/states";
import { ProjectStorageTable } from "./ProjectStorageTable";
import { RetentionForm } from "./RetentionForm";
import { Sum } from "./Sum";
import classes from "./settings.module.css";
import sums from "./storage.module.css";
import type { KeptProject, StorageAnswer } from "./storageShapes";

/** What the store takes, by project, and how long each is kept. */
export function Storage() {
  const [changing, setChanging] = useState<KeptProject | null>(null);
  const projects = useQuery(projectsQuery());
  const { data, error, refetch } = useQuery({
    queryKey: ["storage"],
    queryFn: ({ signal }) => get<StorageAnswer>("storage", {}, signal),
    refetchInterval: 60_000,
  });
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={200} />;
  const known = (projects.data?.items ?? []) as KeptProject[];
  return (
    <>
      <Sums storage={data} />
      <section className={`${classes.section} ${classes.wide}`} aria-labelledby="by-project">
        <h3 className={classes.sectionTitle} id="by-project">
          By project
        </h3>
        <ProjectStorageTable rows={data.projects} projects={known} onChange={setChanging} />
      </section>
      <RetentionForm project={changing} onClose={() => setChanging(null)} />
    </>
  );
}

function Sums({ storage }: { storage: StorageAnswer }) {
  const { disk_free_bytes: free, disk_total_bytes: total } = storage;
  const spans = storage.tables.find(({ table }) => table === "spans")?.rows;
  const low = free !== null && total !== null && free / total < 0.1;
  return (
    <section className={sums.sums} aria-label="Sums">
      <Sum label="Store" figure={bytes(storage.bytes)} />
      <Sum label="Spans" figure={compact(spans)} />
      <Sum
        label="Growth a day"
        figure={bytes(storage.bytes_per_day === null ? null : Math.round(storage.bytes_per_day))}
        more={storage.bytes_per_day === null ? "known after a day" : undefined}
      />
      <Sum
        label="Disk free"
        figure={bytes(free)}
        more={
          free !== null && total !== null
            ? `${percent(free / total, 0)} of ${bytes(total)}`
            : undefined
        }
        bad={low}
      />
    </section>
  );
}
