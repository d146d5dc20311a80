import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Unlink } from "lucide-react";
import { ApiError, get } from "../../api/client";
import type { Share } from "../../api/types";
import { EmptyState, ErrorState } from "../../parts/states";
import { Loading } from "../trace/Loading";
import { SharedDataset } from "./SharedDataset";
import { SharedFrame } from "./SharedFrame";
import { SharedSession } from "./SharedSession";
import { SharedTrace } from "./SharedTrace";

/** What a link opens to anybody who has it: a trace, a session or a dataset, and nothing else. */
export default function SharedPage() {
  const { token } = useParams({ strict: false }) as { token: string };
  const { data, error, refetch } = useQuery({
    queryKey: ["shared", token],
    queryFn: ({ signal }) => get<Share>(`public/${encodeURIComponent(token)}`, {}, signal),
  });
  if (data?.kind === "dataset") return <SharedDataset token={token} />;
  if (data?.kind === "thread") return <SharedSession share={data} />;
  if (data)
    return (
      <SharedTrace
        token={token}
        path={`public/${encodeURIComponent(token)}/trace`}
        begin={data.span_id}
      />
    );
  return (
    <SharedFrame title="Shared">
      {error ? <NotShared error={error} retry={() => void refetch()} /> : <Loading />}
    </SharedFrame>
  );
}

function NotShared({ error, retry }: { error: unknown; retry: () => void }) {
  if (!(error instanceof ApiError && error.status === 404))
    return <ErrorState error={error} onRetry={retry} />;
  return (
    <EmptyState icon={Unlink} title="Nothing is shared under this link">
      Whoever shared it has taken it back or deleted it, or the link is not complete.
    </EmptyState>
  );
}
