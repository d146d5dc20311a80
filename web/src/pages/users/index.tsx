import { useParams } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useCallback } from "react";
import { useAddress } from "../../address";
import { count } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { Button } from "../../parts/Button";
import { FindField } from "../../parts/FindField";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState } from "../../parts/states";
import { TimeRange } from "../../parts/TimeRange";
import { WaitingRows } from "../../parts/WaitingRows";
import { rangeName, readRange, writeRange } from "../../timeRange";
import { nextOrder, readOrder } from "./columns";
import { UserTable } from "./UserTable";
import classes from "./users.module.css";
import { useUsers } from "./useUsers";

/** Who uses the application, what they cost and how often it failed them. */
export default function UsersPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const [search, change] = useAddress();
  const range = readRange(search);
  const order = readOrder(search.order);
  const find = search.find ?? "";
  const users = useUsers({ project, range, order, find });
  const { fetchNextPage } = users;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const rows = users.data?.pages.flatMap((page) => page.items);

  return (
    <Page
      crumbs={[{ label: "Users" }]}
      actions={
        <>
          <TimeRange range={range} onChange={(next) => change(writeRange(next))} />
          <ShareButton />
        </>
      }
    >
      <div className={classes.bar}>
        <FindField
          label="Find a user"
          value={find}
          onChange={(next) => change({ find: next || undefined }, "typing")}
        />
        {rows && (
          <span className={classes.counted} aria-live="polite">
            {users.hasNextPage ? `the first ${count(rows.length)}` : count(rows.length)}{" "}
            {rows.length === 1 ? "user" : "users"}
          </span>
        )}
      </div>
      {users.error ? (
        <ErrorState error={users.error} onRetry={users.refetch} />
      ) : !rows ? (
        <WaitingRows rows={12} head={32} />
      ) : rows.length === 0 ? (
        <Nobody find={find} range={rangeName(range)} onClear={() => change({ find: undefined })} />
      ) : (
        <>
          <UserTable
            users={rows}
            project={project}
            range={range}
            order={order}
            onOrder={(column) => change({ order: nextOrder(order, column) })}
          />
          {users.hasNextPage && <MoreOnSight loading={users.isFetchingNextPage} onMore={more} />}
        </>
      )}
    </Page>
  );
}

function Nobody({ find, range, onClear }: { find: string; range: string; onClear: () => void }) {
  if (find) {
    return (
      <EmptyState
        title={`No user's id contains “${find}”`}
        action={<Button onClick={onClear}>Show all</Button>}
      >
        In this time range: {range}.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Users} title="No trace of this time names a user">
      A user is known by the attribute <code>user.id</code>; in Python:{" "}
      <code>ph.session("conversation-1", user="u-7")</code>. Range: {range}.
    </EmptyState>
  );
}
