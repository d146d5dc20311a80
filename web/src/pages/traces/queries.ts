/** What the table page asks the server, as queries of the cache. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get, send } from "../../api/client";
import { keys } from "../../api/keys";
import type {
  Facet,
  FilterLanguage,
  MetricsAnswer,
  MetricsQuestion,
  Page,
  SavedView,
  Session,
  Span,
  Totals,
  Trace,
  TraceDetail,
} from "../../api/types";
import { type Row, rowOf } from "./rows";
import type { Question } from "./state";

const PAGE = 100;

/** What stays on the screen meanwhile: answers about the same kind of rows of the same project. */
function keptWithin({ project, scope }: { project?: string; scope: string }, field = "") {
  const place = `${project} ${scope} ${field}`;
  return {
    meta: { place },
    placeholderData: <T>(previous: T | undefined, query?: { meta?: Record<string, unknown> }) =>
      query?.meta?.place === place ? previous : undefined,
  };
}

export interface RowPage {
  rows: Row[];
  next: string | null;
  /** How long the answer took, in milliseconds, as the page saw it. */
  tookMs: number;
}

function parameters(question: Question) {
  const { project, filter, bounds } = question;
  return { project, filter, from: bounds.from, to: bounds.to };
}

export function rowsQuery(question: Question) {
  const params = { ...parameters(question), order_by: question.order, limit: PAGE };
  return infiniteQueryOptions({
    queryKey: keys.list(question.scope, params),
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }): Promise<RowPage> => {
      const began = performance.now();
      const page = await get<Page<Trace | Span | Session>>(
        question.scope,
        { ...params, cursor: pageParam },
        signal,
      );
      return {
        rows: page.items.map((item) => rowOf(question.scope, item)),
        next: page.next_cursor,
        tookMs: performance.now() - began,
      };
    },
    getNextPageParam: (last) => last.next,
    ...keptWithin(question),
  });
}

/** Sums over the whole result. */
export function totalsQuery(question: Question) {
  const params = { ...parameters(question), totals: true, limit: 1 };
  return queryOptions({
    queryKey: keys.list(`${question.scope}-totals`, params),
    queryFn: async ({ signal }) => {
      const page = await get<Page<unknown> & { totals: Totals }>(question.scope, params, signal);
      return page.totals;
    },
    ...keptWithin(question),
  });
}

export function metricsQuery(question: MetricsQuestion) {
  return queryOptions({
    queryKey: keys.metrics(question),
    queryFn: ({ signal }) => send<MetricsAnswer>("POST", "metrics/query", question, signal),
    ...keptWithin(question),
  });
}

/** The values of several fields under one filter, in one answer. */
export function facetsQuery(question: Question, fields: readonly string[], limit: number) {
  const params = { ...parameters(question), scope: question.scope, field: fields, limit };
  return queryOptions({
    queryKey: keys.facets(params),
    queryFn: async ({ signal }): Promise<Map<string, Facet>> => {
      const answer = await get<Facet | { items: Facet[] }>("facets", params, signal);
      const facets = "items" in answer ? answer.items : [answer];
      return new Map(facets.map((facet, i) => [fields[i] ?? facet.field, facet]));
    },
    ...keptWithin(question),
    enabled: fields.length > 0,
  });
}

/** The values of one field. */
export function facetQuery(question: Question, field: string, limit: number, search = "") {
  const params = { ...parameters(question), scope: question.scope, field, limit, search };
  return queryOptions({
    queryKey: keys.facets(params),
    queryFn: ({ signal }) => get<Facet>("facets", params, signal),
    ...keptWithin(question, field),
  });
}

export function languageQuery(scope: string) {
  return queryOptions({
    queryKey: keys.fields(scope),
    queryFn: ({ signal }) => get<FilterLanguage>("filters/fields", { scope }, signal),
    staleTime: 600_000,
  });
}

export function viewsQuery(project: string) {
  return queryOptions({
    queryKey: keys.views(project),
    queryFn: ({ signal }) => get<Page<SavedView>>("views", { project }, signal),
  });
}

/** A trace without its payloads: what the peek shows. */
export function outlineQuery(project: string, traceId: string) {
  return queryOptions({
    queryKey: [...keys.trace(project, traceId), "outline"],
    queryFn: ({ signal }) =>
      get<TraceDetail>(
        `traces/${encodeURIComponent(traceId)}`,
        { project, payloads: false },
        signal,
      ),
  });
}
