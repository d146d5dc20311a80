/** What calls of models cost, and what providers bill for them. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, type Params } from "./client";
import type { components } from "./openapi";

type Schemas = components["schemas"];

export type CostReport = Schemas["CostReport"];
export type ReportRow = Schemas["ReportRow"];
export type TokenType = Schemas["TokenType"];
export type Reconciliation = Schemas["Reconciliation"];
export type Reconciled = Schemas["Reconciled"];
export type Budget = Schemas["BudgetOut"];
export type Provider = "openai" | "anthropic";

/** A report; the one before stays in sight until it is there. */
export function reportQuery(params: Params) {
  return queryOptions({
    queryKey: ["costs", "report", params],
    queryFn: ({ signal }) => get<CostReport>("costs/report", params, signal),
    placeholderData: keepPreviousData,
  });
}

/** Budgets of a project, or of all, with how far they are. */
export function budgetsQuery(project: string | undefined) {
  return queryOptions({
    queryKey: ["budgets", project ?? ""],
    queryFn: ({ signal }) => get<Schemas["BudgetPage"]>("budgets", { project }, signal),
    refetchInterval: 60_000,
  });
}
