/** What is asked about evaluators and rules, and the shapes of the answers. */
import { queryOptions } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { components } from "../../api/openapi";
import { pagesOf } from "../../api/pages";
import type { Page, Score } from "../../api/types";
import type { Definition } from "./definition";

type Schemas = components["schemas"];

export type Evaluator = Omit<Schemas["EvaluatorOut"], "definition"> & { definition: Definition };

export type EvaluatorVersion = Omit<Schemas["EvaluatorVersionOut"], "definition"> & {
  definition: Definition;
};

/** A built-in evaluator that can be had. */
export type Metric = Omit<Schemas["CatalogueEntry"], "options"> & { options: Schema };

/** As much of JSON Schema as options are described by. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
}

export type Verdict = Required<Schemas["Verdict"]>;

export type Tested = Schemas["Tried"];

export type Rule = Schemas["RuleOut"];
export type RuleStats = Rule["stats"];
export type Unit = Rule["unit"];
export type Activity = Schemas["ActivityOut"];
export type BackfillAnswer = Schemas["BackfillOut"];

/** All that the cache knows of evaluators and rules. */
export const EVALUATORS = ["evaluators"] as const;

export function evaluatorPath(id: string, rest = ""): string {
  return `evaluators/${encodeURIComponent(id)}${rest}`;
}

export function rulePath(id: string, rest = ""): string {
  return `rules/${encodeURIComponent(id)}${rest}`;
}

export const evaluatorsQuery = (project: string) =>
  pagesOf<Evaluator>([...EVALUATORS, "list"], "evaluators", { project });

/** The rules of a project, or those that run one evaluator. */
export const rulesQuery = (project: string, evaluatorId = "") =>
  pagesOf<Rule>([...EVALUATORS, "rules"], "rules", { project, evaluator_id: evaluatorId });

export const verdictsQuery = (id: string, project: string, status: string) =>
  pagesOf<Verdict>([...EVALUATORS, id, "verdicts"], evaluatorPath(id, "/verdicts"), {
    project,
    status,
  });

export const activityOf = (id: string, outcome: string) =>
  pagesOf<Activity>([...EVALUATORS, id, "activity"], rulePath(id, "/activity"), { outcome });

export const versionsQuery = (id: string) =>
  pagesOf<EvaluatorVersion>([...EVALUATORS, id, "versions"], evaluatorPath(id, "/versions"));

export const evaluatorQuery = (id: string) =>
  queryOptions({
    queryKey: [...EVALUATORS, id],
    queryFn: ({ signal }) => get<Evaluator>(evaluatorPath(id), {}, signal),
  });

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: [...EVALUATORS, "rule", id],
    queryFn: ({ signal }) => get<Rule>(rulePath(id), {}, signal),
    // counts grow while the rule runs
    refetchInterval: 15_000,
  });

export const sampleQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: [...EVALUATORS, "sample", id, version],
    queryFn: ({ signal }) => get<Schemas["SampleOut"]>(rulePath(id, "/sample"), {}, signal),
    refetchInterval: 60_000,
  });

export const catalogueQuery = () =>
  queryOptions({
    queryKey: ["evaluator-catalogue"],
    queryFn: async ({ signal }) => {
      const answer = await get<Page<Metric>>("evaluators/catalogue", {}, signal);
      return answer.items;
    },
    staleTime: 600_000,
  });

/** What people said under the name of an evaluator's scores. */
export const humanScoresQuery = (project: string, name: string) =>
  queryOptions({
    queryKey: [...EVALUATORS, "human", project, name],
    queryFn: async ({ signal }) => {
      const params = { project, name, source: "human", limit: 1000 };
      return (await get<Page<Score>>("scores", params, signal)).items;
    },
    staleTime: 60_000,
  });
