/** Changes to the selected traces, and what is asked for anew after them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, get, send } from "../../../api/client";
import type { components } from "../../../api/openapi";
import type { Selected } from "./selection";

type Job = components["schemas"]["JobOut"];

const ASK_MS = 400;

export interface TagChange {
  add?: string[];
  remove?: string[];
}

export function useTagging(selected: readonly Selected[]) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async (change: TagChange) => {
      for (const one of selected) await send("POST", "traces/tags", { ...one, ...change });
    },
    onSettled: refresh,
  });
}

export function useDeletion(selected: readonly Selected[]) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async () => {
      const jobs: Job[] = [];
      for (const one of selected) jobs.push(await send<Job>("POST", "traces/delete", one));
      for (const job of jobs) await finished(job);
    },
    onSettled: refresh,
  });
}

/** Waits for the end of a job; fails with what the job failed with. */
async function finished(started: Job): Promise<void> {
  let job = started;
  while (job.status === "queued" || job.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    job = await get<Job>(`jobs/${job.id}`);
  }
  if (job.status !== "done")
    throw new ApiError(500, "job_failed", job.error || "The traces could not be deleted.");
}

/** All but the projects themselves may look different now: lists, facets, sums, single traces. */
function useRefresh() {
  const queries = useQueryClient();
  return () =>
    queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "projects" });
}
