import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListPlus, Trash2 } from "lucide-react";
import { useAddress } from "../../address";
import { send } from "../../api/client";
import { ago, exactTime, UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import { ColumnTable } from "../../parts/ColumnTable";
import { Choice } from "../../parts/Field";
import { Listed } from "../../parts/Listed";
import { Problem } from "../../parts/Problem";
import { EmptyState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
import { WaitingRows } from "../../parts/WaitingRows";
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
import classes from "./queues.module.css";
import { usePreviews } from "./usePreviews";

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
      <Listed
        list={items}
        waiting={<WaitingRows rows={4} />}
        empty={
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
        }
      >
        {(rows) => <ItemTable queue={queue} items={rows} />}
      </Listed>
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
      <Problem error={removal.error} />
      <ColumnTable
        linked
        className={classes.table}
        rows={items}
        keyOf={(item) => item.id}
        body={body}
        columns={[
          {
            label: "Input",
            cell: (item) => (
              <>
                <Link
                  to="/annotation/$queueId"
                  params={{ queueId: queue.id }}
                  search={{ item: item.id }}
                  className={table.rowLink}
                >
                  <ItemInput item={item} preview={previews.get(item.id)} />
                </Link>
                {item.session_id && <span className={table.rowNote}>session</span>}
                {item.run.project === null && (
                  <span className={table.rowNote}>deleted project</span>
                )}
              </>
            ),
          },
          {
            label: "Output",
            className: `${table.wideOnly} ${table.second}`,
            cell: (item) => <ItemOutput item={item} preview={previews.get(item.id)} />,
          },
          {
            label: "State",
            className: classes.stateColumn,
            cell: (item) => STATUSES[item.status],
          },
          {
            label: "Said",
            className: `${table.wideOnly} ${table.second}`,
            title: said,
            cell: (item) => said(item) || UNKNOWN,
          },
          {
            label: "Added",
            className: `${table.number} ${table.wideOnly}`,
            title: (item) => exactTime(item.added_at),
            cell: (item) => ago(item.added_at),
          },
          {
            label: "Actions",
            unlabelled: true,
            className: classes.actionColumn,
            cell: (item) => (
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
            ),
          },
        ]}
      />
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
