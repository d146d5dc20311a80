import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useAddress } from "../../address";
import { get, send } from "../../api/client";
import type { components } from "../../api/openapi";
import { cost, count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { Problem } from "../../parts/Problem";
import { TimeRange } from "../../parts/TimeRange";
import { closedBounds, readRange, writeRange } from "../../timeRange";
import { type BackfillAnswer, EVALUATORS, type Rule, rulePath } from "./queries";
import classes from "./rules.module.css";

type Job = components["schemas"]["JobOut"];

const ASK_MS = 1000;

/** Runs a rule over the past, once it was said how much that is. */
export function Backfill({ rule }: { rule: Rule }) {
  const [search, change] = useAddress();
  const range = readRange({ range: "7d", ...search });
  const ask = (dryRun: boolean) => {
    const { from, to } = closedBounds(range);
    return send<BackfillAnswer>("POST", rulePath(rule.id, "/backfill"), {
      from: from ?? "1970-01-01T00:00:00Z",
      to,
      dry_run: dryRun,
    });
  };
  const counting = useMutation({ mutationFn: () => ask(true) });
  const starting = useMutation({
    mutationFn: () => ask(false),
    onSuccess: ({ job_id }) => change({ job: job_id ?? undefined }),
  });
  const { data: job, error: unread } = useQuery({
    ...jobQuery(search.job ?? ""),
    enabled: search.job !== undefined,
  });
  const over = isOver(job);
  const running = search.job !== undefined && !over && !unread;
  const cache = useQueryClient();
  const { reset: forgetCount } = counting;
  useEffect(() => {
    if (!over) return;
    forgetCount(); // what is left is less by what the job scored
    void cache.invalidateQueries({ queryKey: EVALUATORS });
  }, [over, cache, forgetCount]);
  const plan = counting.data;
  const wrong = counting.error ?? starting.error ?? unread;
  return (
    <div className={classes.backfill}>
      <p>
        Scores what came before the rule, with the same filter, sample and budget. What it scored
        already is not paid for again.
      </p>
      <div className={classes.backfillAsk}>
        <TimeRange
          range={range}
          onChange={(next) => {
            counting.reset();
            change(
              next.kind === "relative"
                ? { ...writeRange(next), range: next.span }
                : writeRange(next),
            );
          }}
        />
        <Button disabled={counting.isPending} onClick={() => counting.mutate()}>
          {counting.isPending ? "Counting…" : "Count"}
        </Button>
      </div>
      {plan && (
        <div className={classes.plan} role="status">
          <p>
            <b className="num">{plural(plan.matching, rule.unit)}</b>{" "}
            {plan.matching === 1 ? "matches" : "match"}; the sample takes{" "}
            <b className="num">{count(plan.sampled)}</b>
            {plan.estimated_cost !== null && plan.sampled > 0 && (
              <>
                , about <b className="num">{cost(plan.estimated_cost)}</b>
              </>
            )}
            .
          </p>
          <Button
            look="primary"
            disabled={plan.sampled === 0 || starting.isPending || running}
            onClick={() => starting.mutate()}
          >
            Score {plural(plan.sampled, rule.unit)}
          </Button>
        </div>
      )}
      <Problem error={wrong} />
      {job && <Running job={job} onClose={() => change({ job: undefined })} />}
    </div>
  );
}

/** How far the job is, until it ends. */
function Running({ job, onClose }: { job: Job; onClose: () => void }) {
  const cache = useQueryClient();
  const cancelling = useMutation({
    mutationFn: () => send<Job>("POST", `${jobPath(job.id)}/cancel`),
    onSettled: () => cache.invalidateQueries({ queryKey: ["job", job.id] }),
  });
  const share = job.progress ?? 0;
  return (
    <section className={classes.job} aria-label="Back-fill">
      <div className={classes.jobLine}>
        <b>{job.title}</b>
        <span
          className={job.status === "failed" ? classes.problem : classes.quiet}
          aria-live="polite"
        >
          {stateOf(job)}
        </span>
        {isOver(job) ? (
          <Button small onClick={onClose}>
            Close
          </Button>
        ) : (
          <Button small disabled={cancelling.isPending} onClick={() => cancelling.mutate()}>
            Cancel
          </Button>
        )}
      </div>
      <progress max={1} value={job.status === "done" ? 1 : share} aria-label="Progress">
        {Math.round(share * 100)} %
      </progress>
      <Problem error={cancelling.error} />
    </section>
  );
}

function jobPath(jobId: string): string {
  return `jobs/${encodeURIComponent(jobId)}`;
}

function jobQuery(jobId: string) {
  return queryOptions({
    queryKey: ["job", jobId],
    queryFn: ({ signal }) => get<Job>(jobPath(jobId), {}, signal),
    refetchInterval: ({ state }) => (isOver(state.data) ? false : ASK_MS),
  });
}

function stateOf(job: Job): string {
  if (job.status === "failed") return job.error ?? "failed";
  if (job.status === "cancelled") return "cancelled; what it scored stays";
  return job.message ?? job.status;
}

function isOver(job: Job | undefined): boolean {
  return job !== undefined && job.status !== "queued" && job.status !== "running";
}
