import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useEffectEvent, useMemo, useSyncExternalStore } from "react";
import { useAddress } from "../../address";
import { get } from "../../api/client";
import { ErrorState } from "../../parts/states";
import type { TraceDetail } from "../../trace/model";
import { PayloadStore } from "../../trace/payloads";
import { buildTree } from "../../trace/tree";
import { Loading } from "../trace/Loading";
import { TraceBody } from "../trace/TraceBody";
import { SharedFrame } from "./SharedFrame";

interface Props {
  token: string;
  /** Where the API has the trace with all that is in it. */
  path: string;
  /** The span that was shared, where it is not the whole trace. */
  begin?: string | null;
  lead?: ReactNode;
  back?: () => void;
}

/** A shared trace, as the page of a trace shows it. */
export function SharedTrace({ token, path, begin, lead, back = () => {} }: Props) {
  const { data, error, refetch } = useQuery({
    queryKey: ["shared", token, path],
    structuralSharing: false,
    queryFn: ({ signal }) => get<TraceDetail>(path, {}, signal),
  });
  const name = data ? data.trace.name || "unnamed" : "Shared trace";
  return (
    <SharedFrame title={name} lead={lead}>
      {data ? (
        <Known token={token} detail={data} begin={begin} back={back} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </SharedFrame>
  );
}

interface KnownProps {
  token: string;
  detail: TraceDetail;
  begin?: string | null;
  back: () => void;
}

function Known({ token, detail, begin, back }: KnownProps) {
  const { trace, spans } = detail;
  const [address, change] = useAddress();
  const tree = useMemo(() => buildTree(spans), [spans]);
  const store = useMemo(() => {
    const made = new PayloadStore(trace.project, trace.trace_id);
    made.fill(spans);
    return made;
  }, [trace, spans]);
  const payloads = useSyncExternalStore(store.subscribe, store.snapshot);
  const within = begin && begin !== tree.roots[0]?.span.span_id ? begin : null;
  const look = useEffectEvent((span: string) => {
    if (!address.span) change({ span }, "typing");
  });
  useEffect(() => {
    if (within) look(within);
  }, [within]);
  return (
    <TraceBody
      project={trace.project}
      share={token}
      trace={trace}
      tree={tree}
      store={store}
      payloads={payloads}
      back={back}
    />
  );
}
