import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { ChevronDown, ChevronUp, MessagesSquare } from "lucide-react";
import { useMemo } from "react";
import { useAddress } from "../../address";
import { ApiError, get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Session } from "../../api/types";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { Chat } from "./Chat";
import { SessionHead } from "./SessionHead";
import { Strip } from "./Strip";
import classes from "./session.module.css";
import { type TurnTrace, turnsOf } from "./turns";
import { useSessionNeighbours } from "./useSessionNeighbours";

interface SessionDetail {
  session: Session;
  turns: TurnTrace[];
  next_cursor: string | null;
}

/** How one conversation went, turn by turn. */
export default function SessionPage() {
  const { project, sessionId } = useParams({ strict: false }) as {
    project: string;
    sessionId: string;
  };
  const [address, setAddress] = useAddress();
  const navigate = useNavigate();
  const query = useInfiniteQuery({
    queryKey: keys.session(project, sessionId),
    queryFn: ({ pageParam, signal }) =>
      get<SessionDetail>(
        `sessions/${encodeURIComponent(sessionId)}`,
        { project, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  const session = query.data?.pages[0]?.session;
  const turns = useMemo(
    () => turnsOf(query.data?.pages.flatMap((page) => page.turns) ?? []),
    [query.data],
  );
  const around = useSessionNeighbours(project, session);
  const at = turns.findIndex((turn) => turn.trace.trace_id === address.trace);

  const go = (id: string | null) => {
    if (id)
      void navigate({ to: "/p/$project/sessions/$sessionId", params: { project, sessionId: id } });
  };
  const open = (traceId: string | undefined) => {
    if (traceId) void navigate({ to: "/p/$project/trace/$traceId", params: { project, traceId } });
  };
  const move = (by: number) => {
    const next = turns[Math.max(0, Math.min(turns.length - 1, at < 0 ? 0 : at + by))];
    if (next) setAddress({ trace: next.trace.trace_id }, "typing");
  };
  useKeys("Session", [
    { key: "j", what: "Next turn", run: () => move(1) },
    { key: "k", what: "Turn before", run: () => move(-1) },
    {
      key: "Enter",
      what: "Open the trace of the turn",
      run: () => open(turns[at]?.trace.trace_id),
    },
    { key: "[", what: "Session before", run: () => go(around.before) },
    { key: "]", what: "Next session", run: () => go(around.after) },
    {
      key: "Escape",
      what: "Back to the sessions",
      run: () =>
        void navigate({
          to: "/p/$project/traces",
          params: { project },
          search: { scope: "sessions" },
        }),
    },
  ]);

  return (
    <Page
      fill
      crumbs={[
        {
          label: "Sessions",
          link: { to: "/p/$project/traces", params: { project }, search: { scope: "sessions" } },
        },
        { label: sessionId },
      ]}
      back={{ to: "/p/$project/traces", params: { project }, search: { scope: "sessions" } }}
      actions={
        <>
          <Button
            look="quiet"
            icon={ChevronUp}
            disabled={!around.before}
            onClick={() => go(around.before)}
            aria-label="Session before"
            title="Session before  ["
          />
          <Button
            look="quiet"
            icon={ChevronDown}
            disabled={!around.after}
            onClick={() => go(around.after)}
            aria-label="Next session"
            title="Next session  ]"
          />
          <ShareButton />
        </>
      }
    >
      {query.isError && !session ? (
        <Failed error={query.error} sessionId={sessionId} retry={() => void query.refetch()} />
      ) : session ? (
        <>
          <SessionHead project={project} session={session} turns={turns} />
          <Strip turns={turns} chosen={address.trace} choose={(trace) => setAddress({ trace })} />
          <Chat
            project={project}
            turns={turns}
            chosen={address.trace}
            more={query.hasNextPage ? () => void query.fetchNextPage() : null}
            left={session.trace_count - turns.length}
          />
        </>
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Failed({
  error,
  sessionId,
  retry,
}: {
  error: unknown;
  sessionId: string;
  retry: () => void;
}) {
  if (!(error instanceof ApiError && error.status === 404))
    return <ErrorState error={error} onRetry={retry} />;
  return (
    <EmptyState
      icon={MessagesSquare}
      title="There is no such session in this project"
      action={<Button onClick={retry}>Look again</Button>}
    >
      No trace carries the session id <code>{sessionId}</code>.
    </EmptyState>
  );
}

function Loading() {
  return (
    <div aria-busy="true">
      <span className="hidden-text">Loading the session</span>
      <div className={classes.loadingHead}>
        <Skeleton width={200} height={18} />
        <Skeleton width="min(420px, 100%)" height={13} />
      </div>
      <div className={classes.loadingStrip} />
      <div className={classes.loadingChat}>
        {[260, 480, 200, 520].map((width, at) => (
          <div
            key={width}
            style={{ alignSelf: at % 2 === 0 ? "flex-end" : "flex-start", width, maxWidth: "86%" }}
          >
            <Skeleton height={at % 2 === 0 ? 38 : 60} />
          </div>
        ))}
      </div>
    </div>
  );
}
