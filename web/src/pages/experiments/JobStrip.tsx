import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, Square, TriangleAlert, X } from "lucide-react";
import { useEffect } from "react";
import { useAddress } from "../../address";
import { send } from "../../api/client";
import { EXPERIMENTS, type Experiment } from "../../api/evaluation";
import { cost, plural } from "../../format";
import { Button } from "../../parts/Button";
import { ErrorLine } from "../../parts/states";
import { type Job, jobQuery } from "./queries";
import classes from "./run.module.css";
import { serverRunOf } from "./serverRun";

/** How often the rows are asked for while they come in. */
const REFRESH_MS = 3000;

/** The job to show: the one that was just begun, one that goes on, or one that did not end well. */
export function jobOf(experiment: Experiment, asked: string | undefined): string | undefined {
  const run = serverRunOf(experiment);
  return asked ?? (run && run.outcome !== "done" ? run.job_id : undefined);
}

interface Props {
  id: string;
  experiment: Experiment;
  /** Whether the address names it, so that it can be put away. */
  asked: boolean;
}

/** How far a run of the server has come: progress, cost so far, and the way to stop it. */
export function JobStrip({ id, experiment, asked }: Props) {
  const [, change] = useAddress();
  const queries = useQueryClient();
  const { data: job, error, refetch } = useQuery(jobQuery(id));
  const going = isGoing(job);
  const cancelling = useMutation({
    mutationFn: () => send<Job>("POST", `jobs/${encodeURIComponent(id)}/cancel`),
    onSettled: () => void refetch(),
  });
  const ended = job !== undefined && !going;
  useEffect(() => {
    const refresh = () => void queries.invalidateQueries({ queryKey: [EXPERIMENTS] });
    if (ended) refresh(); // what came last
    if (!going) return;
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [going, ended, queries]);
  if (error && asked) return <ErrorLine error={error} onRetry={refetch} />;
  if (!job) return null;
  const stats = experiment.stats;
  const done = [
    plural(stats?.run_count ?? 0, "run"),
    stats?.cost.total ? cost(stats.cost.total) : null,
    stats?.error_count ? `${plural(stats.error_count, "error")}` : null,
  ].filter(Boolean);
  return (
    <div className={classes.strip} data-status={job.status} role="status">
      <Mark status={job.status} />
      <b>{STATUSES[job.status]}</b>
      <span className={classes.quiet}>{going ? job.message : done.join(" · ")}</span>
      {job.error && <span className={classes.problem}>{job.error}</span>}
      {cancelling.error && <span className={classes.problem}>{cancelling.error.message}</span>}
      {going ? (
        <Button
          small
          icon={Square}
          disabled={cancelling.isPending}
          onClick={() => cancelling.mutate()}
        >
          Cancel
        </Button>
      ) : asked ? (
        <Button
          small
          look="quiet"
          icon={X}
          aria-label="Hide how it ended"
          onClick={() => change({ job: undefined })}
        />
      ) : null}
      {going && (
        <progress value={job.progress ?? undefined} max={1} aria-label="Progress of the run" />
      )}
    </div>
  );
}

function isGoing(job: Job | undefined): boolean {
  return job?.status === "queued" || job?.status === "running";
}

const STATUSES: Record<Job["status"], string> = {
  queued: "Waits for its turn",
  running: "Running",
  done: "Finished",
  failed: "Failed",
  cancelled: "Cancelled",
};

function Mark({ status }: { status: Job["status"] }) {
  if (status === "queued" || status === "running")
    return <span className={classes.pulse} aria-hidden />;
  const Icon = status === "done" ? CircleCheck : status === "failed" ? TriangleAlert : CircleSlash;
  return <Icon size={14} strokeWidth={1.75} aria-hidden />;
}
