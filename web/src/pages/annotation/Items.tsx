import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListPlus, Trash2 } from "lucide-react";
import { useAddress } from "../../address";
import { send } from "../../api/client";
import { ago, exactTime } from "../../format";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Field";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import classes from "./annotation.module.css";
import { answerText } from "./answers";
import { ItemInput, ItemOutput } from "./ItemTexts";
import {
  type Answer,
  type Item,
  type ItemStatus,
  itemsQuery,
  pathOf,
  QUEUES,
  type Queue,
} from "./queries";
import { usePreviews } from "./usePreviews";
import { useRowKeys } from "./useRowKeys";

const STATUSES: Record<ItemStatus, string> = {
  needs_my_review: "waits for me",
  needs_others_review: "waits for others",
  completed: "done",
};
const CHOICES = [
  { value: "", label: "All items" },
  { value: "needs_my_review", label: "Waiting for me" },
  { value: "needs_others_review", label: "Waiting for others" },
  { value: "completed", label: "Done" },
];

/** All items of a queue with what was said of each. */
export function Items({ queue }: { queue: Queue }) {
  const [search, change] = useAddress();
  const status = (Object.keys(STATUSES) as ItemStatus[]).find((one) => one === search.status);
  const items = useInfiniteQuery(itemsQuery(queue.id, status));
  const rows = items.data?.pages.flatMap((page) => page.items);
  return (
    <div className={classes.scroll}>
      <div className={classes.bar}>
        <div className={classes.statusChoice}>
          <Choice
            label="State"
            value={status ?? ""}
            options={CHOICES}
            onChange={(next) => change({ status: next || undefined })}
          />
        </div>
      </div>
      {items.error ? (
        <ErrorState error={items.error} onRetry={() => void items.refetch()} />
      ) : !rows ? (
        <div className={classes.waitingPage} aria-busy>
          <Skeleton height={120} />
        </div>
      ) : rows.length === 0 ? (
        status ? (
          <EmptyState
            title="No item is in this state"
            action={<Button onClick={() => change({ status: undefined })}>Show all</Button>}
          />
        ) : (
          <EmptyState icon={ListPlus} title="Nothing is in this queue yet">
            Select rows in the table of traces, then “Add to queue”.
          </EmptyState>
        )
      ) : (
        <>
          <ItemTable queue={queue} items={rows} />
          {items.hasNextPage && (
            <MoreOnSight
              loading={items.isFetchingNextPage}
              onMore={() => void items.fetchNextPage()}
            />
          )}
        </>
      )}
    </div>
  );
}

function ItemTable({ queue, items }: { queue: Queue; items: readonly Item[] }) {
  const body = useRowKeys("Items");
  const previews = usePreviews(
    queue.id,
    items.map((item) => item.id),
  );
  const cache = useQueryClient();
  const removal = useMutation({
    mutationFn: (id: string) =>
      send("DELETE", pathOf(queue.id, `/items/${encodeURIComponent(id)}`)),
    onSettled: () => cache.invalidateQueries({ queryKey: QUEUES }),
  });
  return (
    <>
      {removal.error && (
        <p className={classes.problem} role="alert">
          {removal.error.message}
        </p>
      )}
      <table className={`${table.table} ${classes.table}`}>
        <thead>
          <tr>
            <th scope="col">Input</th>
            <th scope="col" className={classes.wideOnly}>
              Output
            </th>
            <th scope="col" className={classes.stateColumn}>
              State
            </th>
            <th scope="col" className={classes.wideOnly}>
              Said
            </th>
            <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
              Added
            </th>
            <th scope="col" className={classes.actionColumn}>
              <span className="hidden-text">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {items.map((item) => (
            <tr key={item.id} className={table.row}>
              <td>
                <Link
                  to="/annotation/$queueId"
                  params={{ queueId: queue.id }}
                  search={{ item: item.id }}
                  className={table.rowLink}
                >
                  <ItemInput item={item} preview={previews.get(item.id)} />
                </Link>
                {item.session_id && <span className={classes.rowNote}>session</span>}
                {item.run.project === null && (
                  <span className={classes.rowNote}>deleted project</span>
                )}
              </td>
              <td className={`${classes.wideOnly} ${classes.second}`}>
                <ItemOutput item={item} preview={previews.get(item.id)} />
              </td>
              <td className={classes.stateColumn}>{STATUSES[item.status]}</td>
              <td className={`${classes.wideOnly} ${classes.second}`} title={said(item)}>
                {said(item) || "–"}
              </td>
              <td
                className={`${table.number} ${classes.wideOnly}`}
                title={exactTime(item.added_at)}
              >
                {ago(item.added_at)}
              </td>
              <td className={classes.actionColumn}>
                <Button
                  small
                  look="quiet"
                  icon={Trash2}
                  className={classes.rowAction}
                  disabled={removal.isPending}
                  onClick={() => removal.mutate(item.id)}
                  aria-label={`Take ${item.run.span_id.slice(0, 16)} out of the queue`}
                  title="Take out of the queue; scores stay"
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** `ann: tone polite; bob: tone rude` */
function said(item: Item): string {
  return item.reviews
    .filter((review) => review.status !== "reserved")
    .map((review) => {
      if (review.status === "skipped") return `${review.reviewer}: skipped`;
      const answers = Object.entries(review.answers as Record<string, Answer>);
      return `${review.reviewer}: ${answers.map(([key, one]) => `${key} ${answerText(one)}`).join(", ")}`;
    })
    .join("; ");
}
