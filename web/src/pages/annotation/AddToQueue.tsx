import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Plus } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { itemsOf } from "../../api/pages";
import { count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { FindField } from "../../parts/FindField";
import { focusOn } from "../../parts/focus";
import { Problem } from "../../parts/Problem";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { pathOf, QUEUES, type Queue, queuesQuery } from "./queries";
import classes from "./queues.module.css";

/** A request names so many runs at most. */
const MOST = 1000;

interface Props {
  /** The runs by the ids of their spans. */
  runIds: readonly string[];
  opened: boolean;
  onClose: () => void;
}

/** Chooses a queue for some runs; two runs may be a pair to compare. */
export function AddToQueue({ runIds, opened, onClose }: Props) {
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      title={`Add ${plural(runIds.length, "run")} to a queue`}
      size={520}
    >
      {opened && <Choose runIds={runIds} />}
    </Dialog>
  );
}

function Choose({ runIds }: { runIds: readonly string[] }) {
  const [find, setFind] = useState("");
  const queues = useInfiniteQuery(queuesQuery(find.trim()));
  const cache = useQueryClient();
  const adding = useMutation({
    mutationFn: async (queue: Queue) => {
      const path = pathOf(queue.id, "/items");
      if (queue.kind === "pairwise") {
        await send("POST", path, { pairs: [{ first: runIds[0], second: runIds[1] }] });
        return queue;
      }
      for (let at = 0; at < runIds.length; at += MOST)
        await send("POST", path, { run_ids: runIds.slice(at, at + MOST) });
      return queue;
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: QUEUES }),
  });
  const rows = itemsOf(queues.data);
  if (queues.error)
    return <ErrorState error={queues.error} onRetry={() => void queues.refetch()} />;
  if (!rows) return <Skeleton height={120} />;
  if (rows.length === 0 && !find) {
    return (
      <EmptyState
        title="There is no annotation queue yet"
        action={
          <Link to="/annotation" search={{ new: "1" }}>
            Make one
          </Link>
        }
      >
        A queue says what people shall answer of each run.
      </EmptyState>
    );
  }
  return (
    <>
      <FindField ref={focusOn} wide label="Find a queue" value={find} onChange={setFind} />
      <ul className={classes.queueList}>
        {rows.map((queue) => {
          const fits = queue.kind === "single" || runIds.length === 2;
          const added = adding.isSuccess && adding.data.id === queue.id;
          return (
            <li key={queue.id}>
              <span className="ellipsis" dir="auto" title={queue.name}>
                {queue.name}
              </span>
              <span className={classes.queueFigure}>
                {queue.kind === "pairwise" ? "pairs, " : ""}
                {count(queue.total)}
              </span>
              {added ? (
                <Link
                  to="/annotation/$queueId"
                  params={{ queueId: queue.id }}
                  className={classes.added}
                >
                  <Check size={14} strokeWidth={1.75} aria-hidden /> Added: open
                </Link>
              ) : (
                <Button
                  small
                  icon={Plus}
                  disabled={!fits || runIds.length === 0 || adding.isPending}
                  title={fits ? undefined : "This queue takes pairs: select two runs"}
                  onClick={() => adding.mutate(queue)}
                  aria-label={`Add to ${queue.name}`}
                >
                  Add
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {rows.length === 0 && <p className={classes.text}>No queue's name contains “{find}”.</p>}
      <Problem error={adding.error} />
    </>
  );
}
