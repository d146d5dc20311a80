import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ClipboardCheck, Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { useAddress } from "../../address";
import { ago, count, exactTime, plural } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { WaitingRows } from "../../parts/WaitingRows";
import classes from "./annotation.module.css";
import { NewQueue } from "./NewQueue";
import { ProgressBar } from "./ProgressBar";
import { type Queue, queuesQuery } from "./queries";
import { useRowKeys } from "./useRowKeys";

/** All annotation queues, with how far each is. */
export default function QueuesPage() {
  const [search, change] = useAddress();
  const find = search.find ?? "";
  const making = search.new !== undefined;
  const queues = useInfiniteQuery(queuesQuery(find));
  const rows = queues.data?.pages.flatMap((page) => page.items);
  const make = () => change({ new: "1" });
  useKeys("Annotation", [{ key: "n", what: "New queue", run: make }]);

  return (
    <Page
      crumbs={[{ label: "Annotation" }]}
      global
      actions={
        <>
          <Button icon={Plus} onClick={make} title="New queue  n">
            New queue
          </Button>
          <ShareButton />
        </>
      }
    >
      <NewQueue opened={making} onClose={() => change({ new: undefined })} />
      {(find || (rows && rows.length > 0)) && (
        <div className={classes.bar}>
          <Find value={find} onChange={(next) => change({ find: next || undefined }, "typing")} />
          {rows && (
            <span className={classes.counted} aria-live="polite">
              {queues.hasNextPage
                ? `the first ${plural(rows.length, "queue")}`
                : plural(rows.length, "queue")}
            </span>
          )}
        </div>
      )}
      {queues.error ? (
        <ErrorState error={queues.error} onRetry={() => void queues.refetch()} />
      ) : !rows ? (
        <WaitingRows rows={4} head={12} />
      ) : rows.length === 0 && find ? (
        <EmptyState
          title={`No queue's name contains “${find}”`}
          action={<Button onClick={() => change({ find: undefined })}>Show all</Button>}
        />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={ClipboardCheck}
          title="There is no annotation queue yet"
          action={
            <Button look="primary" icon={Plus} onClick={make}>
              New queue
            </Button>
          }
        >
          A queue holds runs that people score by a rubric, one at a time. Fill it from the table of
          traces: select rows, then “Add to queue”.
        </EmptyState>
      ) : (
        <>
          <QueueTable queues={rows} />
          {queues.hasNextPage && (
            <MoreOnSight
              loading={queues.isFetchingNextPage}
              onMore={() => void queues.fetchNextPage()}
            />
          )}
        </>
      )}
    </Page>
  );
}

function QueueTable({ queues }: { queues: readonly Queue[] }) {
  const body = useRowKeys("Queues");
  return (
    <table className={`${table.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={classes.wideOnly}>
            Questions
          </th>
          <th scope="col" className={classes.progressColumn}>
            Done
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Reviews each
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Made
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {queues.map((queue) => (
          <tr key={queue.id} className={table.row}>
            <td>
              <Link
                to="/annotation/$queueId"
                params={{ queueId: queue.id }}
                className={table.rowLink}
                title={queue.name}
                dir="auto"
              >
                {queue.name}
              </Link>
              {queue.kind === "pairwise" && <span className={classes.mark}>pairs</span>}
              {queue.description && (
                <span className={classes.rowNote} title={queue.description}>
                  {queue.description}
                </span>
              )}
            </td>
            <td className={`${classes.wideOnly} ${classes.second}`}>
              {queue.rubric.map((one) => one.feedback_key).join(", ") || "–"}
            </td>
            <td className={classes.progressColumn}>
              <ProgressBar done={queue.completed} total={queue.total} />
            </td>
            <td className={`${table.number} ${classes.wideOnly}`}>
              {count(queue.reviewers_per_item)}
            </td>
            <td
              className={`${table.number} ${classes.wideOnly}`}
              title={exactTime(queue.created_at)}
            >
              {ago(queue.created_at)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Find({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), 200);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <input
      className={classes.find}
      type="search"
      placeholder="Find a queue"
      aria-label="Find a queue"
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
