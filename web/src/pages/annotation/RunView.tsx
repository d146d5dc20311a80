import { Link } from "@tanstack/react-router";
import { SquareArrowOutUpRight } from "lucide-react";
import { useMemo, useState } from "react";
import { ApiError } from "../../api/client";
import { cost, count, duration, time } from "../../format";
import { WaitingPage } from "../../parts/Fetched";
import { StatusMark } from "../../parts/StatusMark";
import { EmptyState, ErrorState } from "../../parts/states";
import { attempts as findAttempts } from "../../trace/attempts";
import type { MessageBlock } from "../../trace/blocks";
import { conversation } from "../../trace/conversation";
import { ConversationView } from "../../trace/conversation/ConversationView";
import type { Span } from "../../trace/model";
import { rootCause } from "../../trace/rootcause";
import { buildTree } from "../../trace/tree";
import { usePayloads, useTrace } from "../../trace/useTrace";
import { TraceContext, type TraceView } from "../../trace/view";
import type { RunRef } from "./queries";
import classes from "./review.module.css";
import { below } from "./run";

interface Props {
  run: RunRef;
  /** `A` or `B` of a pair. */
  letter?: string;
}

/** What was said in a run and in all that ran below it. */
export function RunView({ run, letter }: Props) {
  if (run.project === null) return <Gone title="The project of this run was deleted" />;
  return <Known project={run.project} run={run} letter={letter} />;
}

function Gone({ title }: { title: string }) {
  return (
    <EmptyState title={title}>Its answers can still be given; the run itself is gone.</EmptyState>
  );
}

const NOBODY: ReadonlySet<string> = new Set();

function Known({ project, run, letter }: Props & { project: string }) {
  const { query, trace, tree: whole } = useTrace(project, run.trace_id);
  const [store, payloads] = usePayloads(project, run.trace_id, whole);
  const [chosen, setChosen] = useState<string | null>(null);
  const tree = useMemo(() => {
    if (!whole) return null;
    const spans = whole.nodes.map((node) => node.span);
    return { ...buildTree(below(spans, run.span_id)), withoutPreviews: whole.withoutPreviews };
  }, [whole, run.span_id]);
  const attempts = useMemo(() => (tree ? findAttempts(tree) : new Map()), [tree]);
  const blocks = useMemo(
    () => (trace && tree ? conversation(trace, tree, payloads.spans) : []),
    [trace, tree, payloads],
  );
  const unknown = query.error instanceof ApiError && query.error.status === 404;
  if (unknown || tree?.nodes.length === 0) return <Gone title="This run is no longer kept" />;
  if (query.error && !trace)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!trace || !tree) return <WaitingPage />;
  const view: TraceView = {
    project,
    trace,
    tree,
    payloads,
    store,
    attempts,
    cause: rootCause(tree, attempts),
    selected: chosen ? (tree.byId.get(chosen) ?? null) : null,
    select: setChosen,
    hits: null,
    words: [],
    citations: (spanId) =>
      blocks.find((one): one is MessageBlock => one.id === spanId && one.type === "message")
        ?.citations,
    folded: NOBODY,
    setFolded: () => {},
  };
  const root = tree.byId.get(run.span_id)?.span;
  return (
    <TraceContext value={view}>
      <RunHead project={project} run={run} span={root} name={trace.name} letter={letter} />
      <div className={classes.conversation}>
        <ConversationView blocks={blocks} unfolded={false} />
      </div>
    </TraceContext>
  );
}

interface HeadProps extends Props {
  project: string;
  span: Span | undefined;
  name: string | null | undefined;
}

function RunHead({ project, run, span, name, letter }: HeadProps) {
  return (
    <header className={classes.runHead}>
      {letter && <b className={classes.letter}>{letter}</b>}
      <h2 className="ellipsis" dir="auto" title={span?.name ?? name ?? undefined}>
        {span?.name ?? name ?? "unnamed"}
      </h2>
      {span && <StatusMark status={span.status} />}
      <span className={classes.runFigures}>
        <span>{project}</span>
        {span && <span>{time(span.start_time)}</span>}
        {span && <span>{duration(span.duration_ms)}</span>}
        {span?.usage?.total_tokens != null && <span>{count(span.usage.total_tokens)} tokens</span>}
        {span?.cost?.total != null && <span>{cost(span.cost.total)}</span>}
      </span>
      <Link
        className={classes.open}
        to="/p/$project/trace/$traceId"
        params={{ project, traceId: run.trace_id }}
        search={{ span: run.span_id }}
        aria-label={letter ? `Open trace ${letter}` : "Open the trace"}
        title="Open the trace"
      >
        <SquareArrowOutUpRight size={14} strokeWidth={1.75} aria-hidden />
      </Link>
    </header>
  );
}
