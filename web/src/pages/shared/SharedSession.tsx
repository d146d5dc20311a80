import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useMemo } from "react";
import { useAddress } from "../../address";
import { get } from "../../api/client";
import type { Session, Share } from "../../api/types";
import { duration, exactTime, time } from "../../format";
import { Button } from "../../parts/Button";
import { StatusMark } from "../../parts/StatusMark";
import { ErrorState } from "../../parts/states";
import { LongText } from "../../trace/parts/LongText";
import { type Turn, type TurnTrace, turnsOf } from "../session/turns";
import { Loading } from "../trace/Loading";
import { SharedFrame } from "./SharedFrame";
import { SharedTrace } from "./SharedTrace";
import classes from "./shared.module.css";

interface SessionPart {
  session: Session;
  turns: TurnTrace[];
  next_cursor: string | null;
}

/** A shared session: what was asked and answered, and each turn's trace. */
export function SharedSession({ share }: { share: Share }) {
  const [address, change] = useAddress();
  const path = `public/${encodeURIComponent(share.token)}`;
  const query = useInfiniteQuery({
    queryKey: ["shared", share.token, "session"],
    queryFn: ({ pageParam, signal }) =>
      get<SessionPart>(`${path}/session`, { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  const turns = useMemo(
    () => turnsOf(query.data?.pages.flatMap((page) => page.turns) ?? []),
    [query.data],
  );
  const back = () => change({ trace: undefined, span: undefined, layer: undefined });
  if (address.trace) {
    return (
      <SharedTrace
        key={address.trace}
        token={share.token}
        path={`${path}/traces/${encodeURIComponent(address.trace)}`}
        lead={
          <Button look="quiet" icon={ArrowLeft} onClick={back}>
            Session
          </Button>
        }
        back={back}
      />
    );
  }
  return (
    <SharedFrame title={share.session_id ?? "Shared session"}>
      {query.data ? (
        <div className={classes.scroll}>
          <ol className={classes.turns}>
            {turns.map((turn) => (
              <TurnItem
                key={turn.trace.trace_id}
                turn={turn}
                open={() => change({ trace: turn.trace.trace_id })}
              />
            ))}
          </ol>
          {query.hasNextPage && (
            <p className={classes.more}>
              <Button onClick={() => void query.fetchNextPage()}>Show further turns</Button>
            </p>
          )}
        </div>
      ) : query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Loading />
      )}
    </SharedFrame>
  );
}

function TurnItem({ turn, open }: { turn: Turn; open: () => void }) {
  const { trace } = turn;
  return (
    <li className={classes.turn}>
      {turn.asked && (
        <div className={classes.asked} dir="auto">
          <LongText text={turn.asked} markdown />
        </div>
      )}
      {turn.answered && (
        <div dir="auto">
          <LongText text={turn.answered} markdown />
        </div>
      )}
      <p className={classes.figures}>
        <StatusMark status={trace.status} />
        <span title={exactTime(trace.start_time)}>{time(trace.start_time)}</span>
        <span>{duration(trace.duration_ms)}</span>
        <Button small onClick={open}>
          Show the trace
        </Button>
      </p>
    </li>
  );
}
