import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { ApiError } from "../../api/client";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { Agreement } from "./Agreement";
import classes from "./annotation.module.css";
import { Items } from "./Items";
import { ProgressBar } from "./ProgressBar";
import { QueueSettings } from "./QueueSettings";
import { type Queue, queueQuery } from "./queries";
import { Review } from "./Review";

const VIEWS = ["review", "items", "agreement", "settings"] as const;
type View = (typeof VIEWS)[number];
const NAMES: Record<View, string> = {
  review: "Review",
  items: "Items",
  agreement: "Agreement",
  settings: "Settings",
};

/** One queue: its items one at a time, all of them, how far people agree, its settings. */
export default function QueuePage() {
  const { queueId } = useParams({ strict: false }) as { queueId: string };
  const [search, change] = useAddress();
  const navigate = useNavigate();
  const view = oneOf(search.view, VIEWS);
  const { data: queue, error, refetch } = useQuery(queueQuery(queueId));
  const show = (next: View) =>
    change({ view: next === "review" ? undefined : next, item: undefined, status: undefined });
  useKeys("Queue", [
    { key: "r", what: "Review", run: () => show("review") },
    { key: "i", what: "Items", run: () => show("items") },
    { key: "g", what: "Agreement", run: () => show("agreement") },
  ]);

  return (
    <Page
      fill
      global
      crumbs={[
        { label: "Annotation", link: { to: "/annotation" } },
        { label: queue?.name ?? "Queue" },
      ]}
      back={{ to: "/annotation" }}
      actions={<ShareButton />}
    >
      {error && !queue ? (
        error instanceof ApiError && error.status === 404 ? (
          <EmptyState
            icon={SearchX}
            title="There is no such queue"
            action={
              <Button onClick={() => void navigate({ to: "/annotation" })}>All queues</Button>
            }
          >
            It may have been deleted.
          </EmptyState>
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : !queue ? (
        <div className={classes.waitingPage} aria-busy>
          <Skeleton height={28} width="60%" />
          <Skeleton height={180} />
        </div>
      ) : (
        <>
          <div className={classes.head}>
            <div className={classes.tabs} role="tablist" aria-label="Queue">
              {VIEWS.map((one) => (
                <button
                  key={one}
                  type="button"
                  role="tab"
                  id={`view-${one}`}
                  aria-selected={one === view}
                  aria-controls="view"
                  className={classes.tab}
                  onClick={() => show(one)}
                >
                  {NAMES[one]}
                </button>
              ))}
            </div>
            <ProgressBar done={queue.completed} total={queue.total} />
          </div>
          <div className={classes.view} role="tabpanel" id="view" aria-labelledby={`view-${view}`}>
            <Shown view={view} queue={queue} />
          </div>
        </>
      )}
    </Page>
  );
}

function Shown({ view, queue }: { view: View; queue: Queue }) {
  switch (view) {
    case "items":
      return <Items queue={queue} />;
    case "agreement":
      return <Agreement queue={queue} />;
    case "settings":
      return <QueueSettings queue={queue} />;
    default:
      return <Review queue={queue} />;
  }
}
