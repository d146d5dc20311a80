/** A trace as the page needs it: its tree at once, its payloads as they come. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { type OutlinedTrace, putPreviews } from "./outline";
import { type PayloadState, PayloadStore } from "./payloads";
import { previewsQuery, traceQuery } from "./query";
import { buildTree, type Tree } from "./tree";

/** How often a trace that is still running is asked for again. */
const LIVE_MS = 3000;

export function isRunning(detail: OutlinedTrace | undefined): boolean {
  return detail?.spans.some((span) => span.duration_ms === null) ?? false;
}

export function useTrace(project: string, traceId: string) {
  const query = useQuery({
    ...traceQuery(project, traceId),
    refetchInterval: (asked) => (isRunning(asked.state.data) ? LIVE_MS : false),
  });
  const detail = query.data;
  // drawn first, told of what was said afterwards: of a large trace that is two thirds of all
  const { data: previews } = useQuery({
    ...previewsQuery(project, traceId, query.dataUpdatedAt),
    enabled: detail?.previewsApart === true,
    placeholderData: keepPreviousData,
  });
  const outlined = useMemo(() => (detail ? buildTree(detail.spans) : null), [detail]);
  const tree = useMemo<Tree | null>(() => {
    if (!outlined || !detail?.previewsApart) return outlined;
    if (previews) putPreviews(outlined.byId, previews);
    return { ...outlined, withoutPreviews: previews === undefined };
  }, [outlined, detail, previews]);
  return { query, trace: query.data?.trace ?? null, tree };
}

/** The payload store of a trace and what has come so far. */
export function usePayloads(
  project: string,
  traceId: string,
  tree: Tree | null,
): [PayloadStore, PayloadState] {
  const store = useMemo(() => new PayloadStore(project, traceId), [project, traceId]);
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  useEffect(() => {
    if (!tree) return;
    store.open(tree.nodes.length);
    const { spans } = store.snapshot(); // what came by then: only a new tree makes it old
    const changed = tree.nodes.filter(({ span }) => {
      const known = spans.get(span.span_id);
      return known ? known.duration_ms !== span.duration_ms : false;
    });
    const isNew = spans.size > 0 && tree.nodes.length > spans.size;
    if (changed.length > 0 || (isNew && tree.nodes.length <= spans.size + 50)) {
      store.renew(changed.map((node) => node.span.span_id));
    }
  }, [store, tree]);
  return [store, state];
}
