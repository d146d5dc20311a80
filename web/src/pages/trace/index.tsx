import { useNavigate, useParams } from "@tanstack/react-router";
import { ChevronDown, ChevronUp, SearchX } from "lucide-react";
import { useEffect } from "react";
import { useAddress } from "../../address";
import { ApiError } from "../../api/client";
import { count } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { neighboursOf, openedFrom } from "../../openedFrom";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState } from "../../parts/states";
import { usePayloads, useTrace } from "../../trace/useTrace";
import { Loading } from "./Loading";
import { Menu } from "./Menu";
import { TraceBody } from "./TraceBody";
import classes from "./trace.module.css";
import { useNeighbours } from "./useNeighbours";

/** What happened in one trace, and where it went wrong. */
export default function TracePage() {
  const { project, traceId } = useParams({ strict: false }) as { project: string; traceId: string };
  const { query, trace, tree } = useTrace(project, traceId);
  const [store, payloads] = usePayloads(project, traceId, tree);
  const [address] = useAddress();
  const navigate = useNavigate();
  const list = openedFrom(project);
  const known = neighboursOf(list, traceId);
  const around = useNeighbours(project, trace, known);

  function go(id: string | null) {
    if (!id) return;
    const layer = address.layer ? { layer: address.layer } : {};
    void navigate({
      to: "/p/$project/trace/$traceId",
      params: { project, traceId: id },
      search: layer,
    });
  }
  const back = () =>
    void navigate({ href: list?.href ?? `/p/${encodeURIComponent(project)}/traces` });
  useKeys("Trace", [
    { key: "[", what: "Trace before in the list", run: () => go(around.before) },
    { key: "]", what: "Next trace in the list", run: () => go(around.after) },
  ]);
  useEffect(() => {
    if (trace?.name) document.title = `${trace.name} · ${project} · Pilothouse`;
  }, [trace?.name, project]);

  const name = trace?.name || (trace ? "unnamed" : traceId.slice(0, 12));
  return (
    <Page
      fill
      crumbs={[
        { label: "Traces", link: { to: "/p/$project/traces", params: { project } } },
        { label: name },
      ]}
      back={{ to: "/p/$project/traces", params: { project } }}
      actions={
        <>
          {known && (
            <span className={classes.position}>
              {count(known.position)} of {count(known.total)}
            </span>
          )}
          <Button
            look="quiet"
            icon={ChevronUp}
            className={classes.step}
            disabled={!around.before}
            onClick={() => go(around.before)}
            aria-label="Trace before"
            title="Trace before  ["
          />
          <Button
            look="quiet"
            icon={ChevronDown}
            className={classes.step}
            disabled={!around.after}
            onClick={() => go(around.after)}
            aria-label="Next trace"
            title="Next trace  ]"
          />
          <span className={classes.share}>
            <ShareButton />
          </span>
          {trace && tree && (
            <Menu project={project} trace={trace} tree={tree} payloads={payloads} store={store} />
          )}
        </>
      }
    >
      {query.isError && !trace ? (
        <Failed
          error={query.error}
          traceId={traceId}
          retry={() => void query.refetch()}
          back={back}
        />
      ) : trace && tree ? (
        <TraceBody
          key={traceId}
          project={project}
          trace={trace}
          tree={tree}
          store={store}
          payloads={payloads}
          back={back}
        />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

interface FailedProps {
  error: unknown;
  traceId: string;
  retry: () => void;
  back: () => void;
}

function Failed({ error, traceId, retry, back }: FailedProps) {
  if (!(error instanceof ApiError && error.status === 404))
    return <ErrorState error={error} onRetry={retry} />;
  return (
    <EmptyState
      icon={SearchX}
      title="There is no such trace in this project"
      action={
        <>
          <Button onClick={back}>Back to the traces</Button>
          <Button onClick={retry}>Look again</Button>
        </>
      }
    >
      <code>{traceId}</code> may still be on its way, belong to another project, or be older than
      what is kept.
    </EmptyState>
  );
}
