import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ClipboardCheck, Plus } from "lucide-react";
import { useAddress } from "../../address";
import { ago, count, exactTime, UNKNOWN } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import { FindField } from "../../parts/FindField";
import { Counted, Listed } from "../../parts/Listed";
import { EmptyState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
import { WaitingRows } from "../../parts/WaitingRows";
import { NewQueue } from "./NewQueue";
import { ProgressBar } from "./ProgressBar";
import { type Queue, queuesQuery } from "./queries";
import classes from "./queues.module.css";

/** All annotation queues, with how far each is. */
export default function QueuesPage() {
  const [search, change] = useAddress();
  const find = search.find ?? "";
  const making = search.new !== undefined;
  const queues = useInfiniteQuery(queuesQuery(find));
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
      {(find || queues.data?.pages[0]?.items.length) && (
        <div className={classes.bar}>
          <FindField
            label="Find a queue"
            value={find}
            onChange={(next) => change({ find: next || undefined }, "typing")}
          />
          <Counted list={queues} what="queue" />
        </div>
      )}
      <Listed
        list={queues}
        waiting={<WaitingRows rows={4} head={12} />}
        empty={
          find ? (
            <EmptyState
              title={`No queue's name contains “${find}”`}
              action={<Button onClick={() => change({ find: undefined })}>Show all</Button>}
            />
          ) : (
            <EmptyState
              icon={ClipboardCheck}
              title="There is no annotation queue yet"
              action={
                <Button look="primary" icon={Plus} onClick={make}>
                  New queue
                </Button>
              }
            >
              A queue holds runs that people score by a rubric, one at a time. Fill it from the
              table of traces: select rows, then “Add to queue”.
            </EmptyState>
          )
        }
      >
        {(rows) => <QueueTable queues={rows} />}
      </Listed>
    </Page>
  );
}

function QueueTable({ queues }: { queues: readonly Queue[] }) {
  return (
    <ColumnTable
      linked
      className={classes.table}
      rows={queues}
      keyOf={(queue) => queue.id}
      body={useRowKeys("Queues")}
      columns={COLUMNS}
    />
  );
}

const COLUMNS: readonly Column<Queue>[] = [
  {
    label: "Name",
    cell: (queue) => (
      <>
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
          <span className={table.rowNote} title={queue.description}>
            {queue.description}
          </span>
        )}
      </>
    ),
  },
  {
    label: "Questions",
    className: `${table.wideOnly} ${table.second}`,
    cell: (queue) => queue.rubric.map((one) => one.feedback_key).join(", ") || UNKNOWN,
  },
  {
    label: "Done",
    className: classes.progressColumn,
    cell: (queue) => <ProgressBar done={queue.completed} total={queue.total} />,
  },
  {
    label: "Reviews each",
    className: `${table.number} ${table.wideOnly}`,
    cell: (queue) => count(queue.reviewers_per_item),
  },
  {
    label: "Made",
    className: `${table.number} ${table.wideOnly}`,
    title: (queue) => exactTime(queue.created_at),
    cell: (queue) => ago(queue.created_at),
  },
];
