/** What the page of one or several experiments asks. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get } from "../../api/client";
import { type Comparison, EXPERIMENTS, type ExperimentRow } from "../../api/evaluation";
import type { components } from "../../api/openapi";
import type { Page } from "../../api/types";
import type { Calibration } from "./agreement";
import type { Statistics } from "./compared";
import type { Matrix } from "./pairs";
import type { Evaluator } from "./runForm";
import type { Way } from "./sides";

export const comparisonQuery = (ids: readonly string[]) =>
  queryOptions({
    queryKey: [EXPERIMENTS, "compare", ids] as const,
    queryFn: ({ signal }) =>
      get<Comparison>("experiments/compare", { experiment: ids, baseline: ids[0] }, signal),
  });

/** What separates two experiments, score by score. */
export const statisticsQuery = (baseline: string, candidate: string) =>
  queryOptions({
    queryKey: [EXPERIMENTS, "statistics", baseline, candidate] as const,
    queryFn: ({ signal }) =>
      get<Statistics>(
        "experiments/compare/statistics",
        { experiment: [baseline, candidate], baseline },
        signal,
      ),
  });

/** Every pair of some experiments in one score, and the order that they come to. */
export const matrixQuery = (ids: readonly string[], metric: string) =>
  queryOptions({
    queryKey: [EXPERIMENTS, "matrix", ids, metric] as const,
    queryFn: ({ signal }) =>
      get<Matrix>("experiments/compare/matrix", { experiment: ids, metric }, signal),
  });

/** How far a judge's score agrees with people's on the runs of an experiment. */
export const calibrationQuery = (
  id: string,
  judge: string,
  human: string,
  threshold: number | undefined,
  before: string | undefined,
) =>
  queryOptions({
    queryKey: [EXPERIMENTS, "calibration", id, judge, human, threshold, before] as const,
    queryFn: ({ signal }) =>
      get<Calibration>(
        `experiments/${encodeURIComponent(id)}/calibration`,
        { judge, human, threshold, before, limit: 1000 },
        signal,
      ),
  });

export type Job = components["schemas"]["JobOut"];

const ASK_MS = 1000;

/** A job, asked again while it goes on. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ["jobs", id] as const,
    queryFn: ({ signal }) => get<Job>(`jobs/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: ({ state }) =>
      state.data && !["queued", "running"].includes(state.data.status) ? false : ASK_MS,
  });

/** All evaluators that are stored, of whatever project. */
export const evaluatorsQuery = () =>
  queryOptions({
    queryKey: ["evaluators", "all"] as const,
    queryFn: async ({ signal }) =>
      (await get<Page<Evaluator>>("evaluators", { limit: 200 }, signal)).items,
  });

export interface RowsAsked {
  metric: string | undefined;
  change: Way | undefined;
  against: string | undefined;
  split: string | undefined;
  filter: string | undefined;
}

const PAGE = 50;

function pathOf(ids: readonly string[]): string {
  return ids.length === 1
    ? `experiments/${encodeURIComponent(ids[0] ?? "")}/rows`
    : "experiments/compare/rows";
}

function whichOf(ids: readonly string[]) {
  return ids.length === 1 ? {} : { experiment: ids, baseline: ids[0] };
}

export const rowsQuery = (ids: readonly string[], asked: RowsAsked) => {
  const narrowed =
    ids.length > 1 && asked.change
      ? { metric: asked.metric, change: asked.change, against: asked.against }
      : {};
  const params = {
    ...whichOf(ids),
    ...narrowed,
    split: asked.split,
    filter: asked.filter,
    preview: true,
    limit: PAGE,
  };
  return infiniteQueryOptions({
    queryKey: [EXPERIMENTS, "rows", ids, params] as const,
    queryFn: ({ signal, pageParam }) =>
      get<Page<ExperimentRow>>(pathOf(ids), { ...params, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
};

/** The row of one example with the whole texts. */
export const wholeRowQuery = (ids: readonly string[], exampleId: string) =>
  queryOptions({
    queryKey: [EXPERIMENTS, "row", ids, exampleId] as const,
    queryFn: async ({ signal }) => {
      const page = await get<Page<ExperimentRow>>(
        pathOf(ids),
        { ...whichOf(ids), example: [exampleId], limit: 1 },
        signal,
      );
      return page.items[0] ?? null;
    },
  });
