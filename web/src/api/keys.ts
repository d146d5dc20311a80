import type { Params } from "./client";

/** Keys of the query cache: what is asked comes first, so that a kind is forgotten as a whole. */
export const keys = {
  projects: () => ["projects"] as const,
  list: (scope: string, params: Params) => ["list", scope, params] as const,
  trace: (project: string, traceId: string) => ["trace", project, traceId] as const,
  span: (project: string, traceId: string, spanId: string) =>
    ["span", project, traceId, spanId] as const,
  session: (project: string, sessionId: string) => ["session", project, sessionId] as const,
  users: (params: Params) => ["users", params] as const,
  facets: (params: Params) => ["facets", params] as const,
  fields: (scope: string) => ["fields", scope] as const,
  firstSeen: (params: Params) => ["first-seen", params] as const,
  correlations: (params: Params) => ["correlations", params] as const,
  metrics: (body: unknown) => ["metrics", body] as const,
  dashboards: (project: string) => ["dashboards", project] as const,
  dashboard: (id: string) => ["dashboard", id] as const,
  views: (project: string) => ["views", project] as const,
};
