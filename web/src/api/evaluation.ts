/** Datasets and experiments: the shapes of their API, and the questions that pages ask of it. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get, type Params } from "./client";
import type { components } from "./openapi";
import type { Page, Score } from "./types";

type Schemas = components["schemas"];
type Answered<Name extends keyof Schemas> = Required<Schemas[Name]>;

export type Dataset = Answered<"DatasetOut">;
export type Example = Answered<"ExampleOut">;
export type DatasetVersion = Answered<"DatasetVersionOut">;
export type DatasetDiff = Answered<"DatasetDiff">;
export type Violation = Answered<"ViolationOut">;
export type ImportPreview = Omit<Answered<"ImportPreview">, "mapping"> & { mapping: Mapping };
export type Mapping = Answered<"ColumnMapping">;
export type Written = Answered<"Written">;
export type FromSpansDone = Answered<"FromSpansDone">;
export type ScoreFigures = Answered<"ScoreFigures">;
export type Experiment = Answered<"ExperimentOut">;
export type Run = Omit<Answered<"RunOut">, "scores"> & { scores: Score[] };
export type ExperimentRow = Omit<Answered<"ExperimentRow">, "runs"> & {
  runs: Record<string, Run[]>;
};
export type Comparison = Answered<"ComparisonOut">;
export type Metric = Answered<"ComparedMetric">;
export type Side = Answered<"ComparisonSide">;

/** Everything of datasets is forgotten by this key, everything of experiments by the other. */
export const DATASETS = "datasets";
export const EXPERIMENTS = "experiments";

function pages<T>(kind: string, path: string, params: Params, limit: number) {
  return infiniteQueryOptions({
    queryKey: [kind, path, params, limit] as const,
    queryFn: ({ signal, pageParam }) =>
      get<Page<T>>(path, { ...params, limit, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.next_cursor ?? undefined,
  });
}

export const datasetsQuery = (find: string) =>
  pages<Dataset>(DATASETS, "datasets", { q: find || undefined }, 100);

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: [DATASETS, "one", id] as const,
    queryFn: ({ signal }) => get<Dataset>(`datasets/${encodeURIComponent(id)}`, {}, signal),
  });

export interface ExamplesAsked {
  find?: string;
  filter?: string;
  split?: string;
  asOf?: string;
}

export const examplesQuery = (id: string, { find, filter, split, asOf }: ExamplesAsked) =>
  pages<Example>(
    DATASETS,
    `datasets/${encodeURIComponent(id)}/examples`,
    { q: find, filter, split, as_of: asOf },
    200,
  );

export const splitsQuery = (id: string) =>
  queryOptions({
    queryKey: [DATASETS, "splits", id] as const,
    queryFn: ({ signal }) =>
      get<Page<string>>(`datasets/${encodeURIComponent(id)}/splits`, {}, signal),
  });

export const versionsQuery = (id: string) =>
  pages<DatasetVersion>(DATASETS, `datasets/${encodeURIComponent(id)}/versions`, {}, 100);

export const violationsQuery = (id: string) =>
  queryOptions({
    queryKey: [DATASETS, "violations", id] as const,
    queryFn: ({ signal }) =>
      get<Page<Violation>>(`datasets/${encodeURIComponent(id)}/violations`, {}, signal),
  });

export const experimentsQuery = (params: { dataset?: string; q?: string }, limit = 100) =>
  pages<Experiment>(EXPERIMENTS, "experiments", params, limit);

export const experimentQuery = (id: string) =>
  queryOptions({
    queryKey: [EXPERIMENTS, "one", id] as const,
    queryFn: ({ signal }) => get<Experiment>(`experiments/${encodeURIComponent(id)}`, {}, signal),
  });
