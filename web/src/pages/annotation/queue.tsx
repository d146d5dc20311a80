import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { oneOf, useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Fetched } from "../../parts/Fetched";
import { panelOf, Tabs } from "../../parts/Tabs";
import { Agreement } from "./Agreement";
import { Items } from "./Items";
import { ProgressBar } from "./ProgressBar";
import { QueueSettings } from "./QueueSettings";
import { type Queue, queueQuery } from "./queries";
import classes from "./queues.module.css";
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
  const view = oneOf(search.view, VIEWS);
  const answer = useQuery(queueQuery(queueId));
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
        { label: answer.data?.name ?? "Queue" },
      ]}
      back={{ to: "/annotation" }}
      actions={<ShareButton />}
    >
      <Fetched
        answer={answer}
        missing="There is no such queue"
        all={{ to: "/annotation" }}
        word="All queues"
      >
        {(found) => (
          <>
            <Tabs label="Queue" tabs={VIEWS} names={NAMES} chosen={view} onChoose={show}>
              <ProgressBar done={found.completed} total={found.total} />
            </Tabs>
            <div className={classes.view} {...panelOf(view)}>
              <Shown view={view} queue={found} />
            </div>
          </>
        )}
      </Fetched>
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
