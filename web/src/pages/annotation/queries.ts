/** What is asked about annotation queues, and the shapes of the answers. */
import { queryOptions } from "@tanstack/react-query";
import { get, send } from "../../api/client";
import type { components } from "../../api/openapi";
import { pagesOf } from "../../api/pages";
import type { Page } from "../../api/types";

type Schemas = components["schemas"];

export type Queue = Schemas["QueueOut"];
export type QueueKind = Queue["kind"];
export type Question = Schemas["RubricItemIO"];
export type Item = Schemas["ItemOut"];
export type ItemStatus = Item["status"];
export type ItemPreview = Schemas["ItemPreview"];
export type RunRef = Schemas["RunRef"];
export type Review = Schemas["ReviewOut"];
export type Answer = Schemas["Answer"];
export type Preference = NonNullable<Answer["preferred"]>;
export type Progress = Schemas["ProgressOut"];
export type KeyAgreement = Schemas["KeyAgreementOut"];
export type Disagreement = Schemas["DisagreementOut"];
export type NewQueue = Schemas["NewQueue"];

const AT = "annotation-queues";

/** All that the cache knows of queues. */
export const QUEUES = ["queues"] as const;

export function pathOf(queueId: string, rest = ""): string {
  return `${AT}/${encodeURIComponent(queueId)}${rest}`;
}

export const queuesQuery = (query = "") => pagesOf<Queue>([...QUEUES, "list"], AT, { query });

export function queueQuery(queueId: string) {
  return queryOptions({
    queryKey: [...QUEUES, queueId],
    queryFn: ({ signal }) => get<Queue>(pathOf(queueId), {}, signal),
  });
}

/** One item with everybody's reviews. */
export function itemQuery(queueId: string, itemId: string) {
  return queryOptions({
    queryKey: [...QUEUES, queueId, "item", itemId],
    queryFn: ({ signal }) =>
      get<Item>(pathOf(queueId, `/items/${encodeURIComponent(itemId)}`), {}, signal),
    staleTime: 0,
  });
}

export const itemsQuery = (queueId: string, status: ItemStatus | undefined) =>
  pagesOf<Item>([...QUEUES, queueId, "items"], pathOf(queueId, "/items"), {
    status,
    all_reviews: true,
  });

/** What lists show of the runs of some items, 200 at most. */
export function previewsQuery(queueId: string, itemIds: readonly string[]) {
  return queryOptions({
    queryKey: [...QUEUES, queueId, "previews", itemIds],
    queryFn: ({ signal }) =>
      get<Page<ItemPreview>>(pathOf(queueId, "/previews"), { item_id: itemIds }, signal),
    staleTime: 60_000,
  });
}

export function progressQuery(queueId: string) {
  return queryOptions({
    queryKey: [...QUEUES, queueId, "progress"],
    queryFn: ({ signal }) => get<Progress>(pathOf(queueId, "/progress"), {}, signal),
  });
}

export function agreementQuery(queueId: string) {
  return queryOptions({
    queryKey: [...QUEUES, queueId, "agreement"],
    queryFn: ({ signal }) => get<Page<KeyAgreement>>(pathOf(queueId, "/agreement"), {}, signal),
  });
}

export function disagreementsQuery(queueId: string) {
  return queryOptions({
    queryKey: [...QUEUES, queueId, "disagreements"],
    queryFn: ({ signal }) => get<Page<Disagreement>>(pathOf(queueId, "/disagreements"), {}, signal),
  });
}

/** Who reviews in this browser, by the name under which the server keeps it. */
export function reviewerQuery() {
  return queryOptions({
    queryKey: ["reviewer"],
    queryFn: async ({ signal }) => {
      const me = await get<Schemas["Me"]>("me", {}, signal);
      return me.email ?? "local";
    },
    staleTime: 60_000,
  });
}

export async function nextItem(queueId: string, passed: readonly string[]): Promise<Item | null> {
  const skip = passed.slice(-1000);
  return (await send<Schemas["NextItem"]>("POST", pathOf(queueId, "/next"), { skip })).item;
}

export function keepReview(
  queueId: string,
  itemId: string,
  answers: Record<string, Answer>,
  status: Review["status"],
): Promise<Review> {
  const path = pathOf(queueId, `/items/${encodeURIComponent(itemId)}/review`);
  return send<Review>("PUT", path, { answers, status });
}
