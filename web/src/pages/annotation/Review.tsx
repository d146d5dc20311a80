import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, ListPlus } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useAddress } from "../../address";
import { ApiError } from "../../api/client";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
import { WaitingPage } from "../../parts/Fetched";
import { EmptyState, ErrorState } from "../../parts/states";
import { AnswerForm } from "./AnswerForm";
import { PairView } from "./PairView";
import {
  type Answer,
  type Item,
  itemQuery,
  keepReview,
  nextItem,
  QUEUES,
  type Queue,
  type Review as ReviewMade,
  reviewerQuery,
} from "./queries";
import { RunView } from "./RunView";
import classes from "./review.module.css";

/** One item at a time: the run left, the questions right; the address names the item. */
export function Review({ queue }: { queue: Queue }) {
  const [search, change] = useAddress();
  const cache = useQueryClient();
  const [nothing, setNothing] = useState(false);
  const [wrong, setWrong] = useState<unknown>(null);
  const passed = useRef<string[]>([]);
  const itemId = search.item;

  const advance = useCallback(
    async (how: "choosing" | "typing") => {
      setWrong(null);
      try {
        const item = await nextItem(queue.id, passed.current);
        setNothing(item === null);
        change({ item: item?.id }, how);
      } catch (error) {
        setWrong(error);
      }
    },
    [queue.id, change],
  );
  useEffect(() => {
    if (itemId === undefined && !nothing) void advance("typing");
  }, [itemId, nothing, advance]);

  async function keep(item: Item, answers: Record<string, Answer>, status: ReviewMade["status"]) {
    await keepReview(queue.id, item.id, answers, status);
    if (status === "reserved") return;
    if (status === "skipped") passed.current.push(item.id);
    await advance("choosing");
    await cache.invalidateQueries({ queryKey: QUEUES });
  }

  if (wrong !== null) {
    return (
      <ErrorState
        error={wrong}
        onRetry={() => {
          setWrong(null);
          void advance("typing");
        }}
      />
    );
  }
  if (itemId !== undefined)
    return (
      <OneItem
        key={itemId}
        queue={queue}
        itemId={itemId}
        onKeep={keep}
        onNext={() => advance("choosing")}
      />
    );
  if (!nothing) return <WaitingPage />;
  return <Nothing queue={queue} onLook={() => setNothing(false)} />;
}

interface OneProps {
  queue: Queue;
  itemId: string;
  onKeep: (
    item: Item,
    answers: Record<string, Answer>,
    status: ReviewMade["status"],
  ) => Promise<void>;
  onNext: () => Promise<void>;
}

function OneItem({ queue, itemId, onKeep, onNext }: OneProps) {
  const item = useQuery(itemQuery(queue.id, itemId));
  const reviewer = useQuery(reviewerQuery());
  const error = item.error ?? reviewer.error;
  if (error && (!item.data || !reviewer.data)) {
    return error instanceof ApiError && error.status === 404 ? (
      <EmptyState
        title="This item is no longer in the queue"
        action={<Button onClick={() => void onNext()}>Next item</Button>}
      />
    ) : (
      <ErrorState error={error} onRetry={() => void item.refetch()} />
    );
  }
  if (!item.data || !reviewer.data) return <WaitingPage />;
  const shown = item.data;
  return (
    <div className={classes.review}>
      <section className={classes.run} aria-label="Run">
        {shown.other ? (
          <PairView first={shown.run} second={shown.other} />
        ) : (
          <>
            {shown.session_id && <WholeSession item={shown} />}
            <RunView run={shown.run} />
          </>
        )}
      </section>
      <AnswerForm
        queue={queue}
        item={shown}
        reviewer={reviewer.data}
        onKeep={(answers, status) => onKeep(shown, answers, status)}
        onNext={onNext}
      />
    </div>
  );
}

/** Says that the item is a session, of which the last trace is shown, and leads to all of it. */
function WholeSession({ item }: { item: Item }) {
  const { session_id: sessionId, run } = item;
  if (!sessionId || run.project === null) return null;
  return (
    <p className={classes.text}>
      This item is a whole session; below is its last trace of when it was added.{" "}
      <Link to="/p/$project/sessions/$sessionId" params={{ project: run.project, sessionId }}>
        Open session {sessionId}
      </Link>
    </p>
  );
}

function Nothing({ queue, onLook }: { queue: Queue; onLook: () => void }) {
  if (queue.total === 0) {
    return (
      <EmptyState icon={ListPlus} title="Nothing is in this queue yet">
        {queue.kind === "pairwise"
          ? "Select two traces or spans in the table, then “Add to queue”: they become a pair."
          : "Select traces or spans in the table, then “Add to queue”."}
      </EmptyState>
    );
  }
  const left = queue.total - queue.completed;
  return (
    <EmptyState
      icon={CircleCheck}
      title="Nothing is left for you to review"
      action={<Button onClick={onLook}>Look again</Button>}
    >
      {left === 0
        ? `All of ${plural(queue.total, "item")} are done.`
        : `${plural(left, "item")} of ${queue.total} wait for others, are skipped by you, or are open with somebody else.`}
    </EmptyState>
  );
}
