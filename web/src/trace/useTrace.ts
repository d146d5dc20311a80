/** A trace as the page needs it: its tree at once, its payloads as they come. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { TraceDetail } from "./model";
import { type PayloadState, PayloadStore } from "./payloads";
import { traceQuery } from "./query";
import { buildTree, type Tree } from "./tree";

/** How often a trace that is still running is asked for again. */
const LIVE_MS = 3000;

export function isRunning(detail: TraceDetail | undefined): boolean {
  return detail?.spans.some((span) => span.duration_ms === null) ?? false;
}

export function useTrace(project: string, traceId: string) {
  const query = useQuery({
    ...traceQuery(project, traceId),
    refetchInterval: (asked) => (isRunning(asked.state.data) ? LIVE_MS : false),
  });
  const spans = query.data?.spans;
  const tree = useMemo<Tree | null>(() => (spans ? buildTree(spans) : null), [spans]);
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new tree makes what is loaded old
  useEffect(() => {
    if (!tree) return;
    store.open(tree.nodes.length);
    const changed = tree.nodes.filter(({ span }) => {
      const known = state.spans.get(span.span_id);
      return known ? known.duration_ms !== span.duration_ms : false;
    });
    const isNew = state.spans.size > 0 && tree.nodes.length > state.spans.size;
    if (changed.length > 0 || (isNew && tree.nodes.length <= state.spans.size + 50)) {
      store.renew(changed.map((node) => node.span.span_id));
    }
  }, [store, tree]);
  return [store, state];
}
