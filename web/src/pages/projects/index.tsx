import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FolderPlus, Plus } from "lucide-react";
import { useState } from "react";
import { activityQuery, projectsQuery } from "../../api/projects";
import type { Project } from "../../api/types";
import { Sparkline } from "../../charts/Sparkline";
import { ago, count, exactTime, percent, plural } from "../../format";
import { Page } from "../../frame/Page";
import { Button } from "../../parts/Button";
import { FindField } from "../../parts/FindField";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { WaitingRows } from "../../parts/WaitingRows";
import { NewProject } from "./NewProject";
import classes from "./projects.module.css";

const STEP = 100;

/** All projects of the server with what arrived in them. */
export default function ProjectsPage() {
  const { data, error, refetch } = useQuery(projectsQuery());
  const [creating, setCreating] = useState(false);
  const [wanted, setWanted] = useState("");
  const [most, setMost] = useState(STEP);
  const shown = data?.items.filter((one) => one.name.toLowerCase().includes(wanted.toLowerCase()));

  return (
    <Page
      crumbs={[{ label: "Projects" }]}
      global
      actions={
        <Button icon={Plus} onClick={() => setCreating(true)}>
          New project
        </Button>
      }
    >
      <NewProject opened={creating} onClose={() => setCreating(false)} />
      {error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : !shown ? (
        <WaitingRows rows={5} head={53} />
      ) : data?.items.length === 0 ? (
        <EmptyState icon={FolderPlus} title="There is no project yet">
          A project appears with its first trace. <Link to="/onboarding">Send one</Link>
        </EmptyState>
      ) : (
        <>
          <div className={classes.bar}>
            <FindField label="Find a project" value={wanted} onChange={setWanted} />
            <span className={classes.period}>{plural(shown.length, "project")}</span>
          </div>
          <ProjectTable projects={shown.slice(0, most)} />
          {shown.length > most && (
            <div className={classes.more}>
              <Button onClick={() => setMost(most + STEP)}>Show more</Button>
            </div>
          )}
          {shown.length === 0 && (
            <EmptyState title={`No project is called “${wanted}”`}>
              {plural(data?.items.length ?? 0, "project")} have other names.
            </EmptyState>
          )}
        </>
      )}
    </Page>
  );
}

function ProjectTable({ projects }: { projects: readonly Project[] }) {
  const { data, error } = useQuery(activityQuery());
  return (
    <table className={`${table.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={classes.spark}>
            Last 24 hours
          </th>
          <th scope="col" className={table.number}>
            Traces
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Error share
          </th>
          <th scope="col" className={`${table.number} ${classes.last}`}>
            Last trace
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Kept for
          </th>
        </tr>
      </thead>
      <tbody>
        {projects.map((project) => (
          <ProjectRow
            key={project.name}
            project={project}
            // Names and settings stand without their figures.
            activity={error ? null : data && (data.get(project.name) ?? null)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  project: Project;
  /** Undefined while it is asked for, null when it cannot be had. */
  activity: Project | null | undefined;
}

function ProjectRow({ project, activity }: RowProps) {
  const traces = activity?.trace_count;
  const day = activity?.activity;
  const inDay = day?.reduce((sum, one) => sum + one, 0);
  const kept = project.retention_days;
  return (
    <tr className={table.row}>
      <td>
        <Link
          to="/p/$project/overview"
          params={{ project: project.name }}
          className={table.rowLink}
          title={project.name}
        >
          {project.name}
        </Link>
        {project.demo && <span className={classes.mark}>examples</span>}
      </td>
      <td className={classes.spark}>
        {day ? (
          <Sparkline values={day} label={`${plural(inDay ?? 0, "trace")} in 24 hours`} />
        ) : (
          activity === undefined && <Skeleton width={120} />
        )}
      </td>
      <td className={table.number}>{activity && count(traces)}</td>
      <td className={`${table.number} ${classes.wideOnly}`}>
        {activity && percent(traces ? (activity.error_count ?? 0) / traces : null)}
      </td>
      <td
        className={`${table.number} ${classes.last}`}
        title={activity?.last_trace_at ? exactTime(activity.last_trace_at) : undefined}
      >
        {activity && ago(activity.last_trace_at)}
      </td>
      <td className={`${table.number} ${classes.wideOnly}`}>
        {kept === 0 ? "ever" : kept == null ? "" : plural(kept, "day")}
      </td>
    </tr>
  );
}
