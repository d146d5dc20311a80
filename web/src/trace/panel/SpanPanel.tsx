import { CircleAlert, X } from "lucide-react";
import { useEffect } from "react";
import { oneOf } from "../../address";
import { duration } from "../../format";
import { Button } from "../../parts/Button";
import { KindIcon } from "../../parts/KindIcon";
import { ScrollBox } from "../../parts/ScrollBox";
import { ErrorState, Skeleton } from "../../parts/states";
import type { Span } from "../model";
import { tokensPerSecond } from "../usage";
import { useTraceView } from "../view";
import { AttributesTab } from "./AttributesTab";
import { attributeCount } from "./attributes";
import { EventsTab } from "./EventsTab";
import { ExceptionTab } from "./ExceptionTab";
import { IoTab } from "./IoTab";
import classes from "./panel.module.css";
import { ScoresTab } from "./ScoresTab";

const TABS = ["io", "exception", "attributes", "events", "scores"] as const;
type Tab = (typeof TABS)[number];

interface Props {
  tab: string | undefined;
  setTab: (tab: string) => void;
  onClose: () => void;
}

/** All of the selected span. */
export function SpanPanel({ tab: asked, setTab, onClose }: Props) {
  const { selected, payloads, store } = useTraceView();
  const id = selected?.span.span_id;
  useEffect(() => {
    if (id) store.want([id]);
  }, [id, store]);
  if (!selected || !id) return null;
  const loaded = payloads.spans.get(id);
  const span = loaded ?? selected.span;
  const tabs = tabsOf(span, loaded !== undefined);
  const usual: Tab =
    span.status === "error" && tabs.some((one) => one.tab === "exception") ? "exception" : "io";
  const wanted = asked ? oneOf(asked, TABS) : usual;
  const tab = tabs.some((one) => one.tab === wanted) ? wanted : "io";

  return (
    <div className={classes.panel}>
      <Head span={span} onClose={onClose} />
      <div className={classes.tabs} role="tablist" aria-label="Span">
        {tabs.map((one) => (
          <button
            key={one.tab}
            type="button"
            role="tab"
            id={`tab-${one.tab}`}
            aria-selected={one.tab === tab}
            aria-controls="span-tab"
            className={classes.tab}
            onClick={() => setTab(one.tab)}
          >
            {one.name} {one.count ? <span className={classes.tabCount}>{one.count}</span> : null}
          </button>
        ))}
      </div>
      <ScrollBox
        className={classes.content}
        role="tabpanel"
        id="span-tab"
        aria-labelledby={`tab-${tab}`}
      >
        {payloads.errors.has(id) ? (
          <ErrorState error={payloads.errors.get(id)} onRetry={() => store.renew([id])} />
        ) : loaded || tab === "scores" ? (
          <Content tab={tab} span={span} />
        ) : (
          <Waiting />
        )}
      </ScrollBox>
    </div>
  );
}

function tabsOf(span: Span, loaded: boolean): { tab: Tab; name: string; count?: number }[] {
  const failures = span.exceptions?.length ?? 0;
  const events = (span.events?.length ?? 0) + (span.links?.length ?? 0);
  const tabs: { tab: Tab; name: string; count?: number }[] = [
    { tab: "io", name: "Input / Output" },
  ];
  if (failures > 0 || span.status === "error")
    tabs.push({ tab: "exception", name: "Exception", count: failures });
  tabs.push({
    tab: "attributes",
    name: "Attributes",
    count: loaded ? attributeCount(span) : undefined,
  });
  if (events > 0) tabs.push({ tab: "events", name: "Events", count: events });
  tabs.push({ tab: "scores", name: "Scores", count: span.scores?.length });
  return tabs;
}

function Content({ tab, span }: { tab: Tab; span: Span }) {
  switch (tab) {
    case "exception":
      return <ExceptionTab span={span} />;
    case "attributes":
      return <AttributesTab key={span.span_id} span={span} />;
    case "events":
      return <EventsTab span={span} />;
    case "scores":
      return <ScoresTab span={span} />;
    default:
      return <IoTab key={span.span_id} span={span} />;
  }
}

function Head({ span, onClose }: { span: Span; onClose: () => void }) {
  const { tree } = useTraceView();
  const node = tree.byId.get(span.span_id);
  const failed = span.status === "error";
  const speed = tokensPerSecond(span);
  const temperature = span.parameters?.temperature;
  const offset = node ? node.start - tree.start : 0;
  return (
    <header className={classes.head}>
      <div className={classes.title}>
        {failed ? (
          <CircleAlert
            size={15}
            strokeWidth={1.75}
            color="var(--err)"
            aria-label={`${span.kind}, failed`}
            role="img"
          />
        ) : (
          <KindIcon kind={span.kind} size={15} />
        )}
        <h2 className="ellipsis" title={span.name} dir="auto">
          {span.name}
        </h2>
        <Button look="quiet" icon={X} onClick={onClose} aria-label="Close" title="Close  Esc" />
      </div>
      <p className={classes.figures}>
        {failed && <span className={classes.failed}>Error</span>}
        <b>{node?.unfinished ? "still running" : duration(span.duration_ms)}</b>
        {span.time_to_first_token_ms != null && (
          <span>
            first token <b>{duration(span.time_to_first_token_ms)}</b>
          </span>
        )}
        {speed !== null && (
          <span>
            <b>{speed < 10 ? speed.toFixed(1) : Math.round(speed)}</b> tokens/s
          </span>
        )}
        {typeof temperature === "number" && (
          <span>
            temperature <b>{temperature}</b>
          </span>
        )}
        {span.kind !== "llm" && offset > 0.0005 && (
          <span>
            started at <b>+{duration(offset)}</b>
          </span>
        )}
      </p>
    </header>
  );
}

function Waiting() {
  return (
    <div className={classes.section} aria-busy="true">
      <Skeleton width={120} height={14} />
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className={classes.waitingRow}>
          <Skeleton height={12} width={`${90 - row * 14}%`} />
        </div>
      ))}
      <span className="hidden-text">Loading</span>
    </div>
  );
}
