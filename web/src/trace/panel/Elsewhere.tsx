import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { get, send } from "../../api/client";
import type { MetricsAnswer, Page } from "../../api/types";
import { count, plural, time } from "../../format";
import { Button } from "../../parts/Button";
import type { Span } from "../model";
import { errorPlace } from "../stacktrace";
import { useTraceView } from "../view";
import classes from "./panel.module.css";

const DAY_MS = 86_400_000;

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** The filter for spans that failed in the same way in the same step. */
function sameError(span: Span): string {
  const parts = [`name = ${quoted(span.name)}`];
  parts.push(span.error_type ? `error_type = ${quoted(span.error_type)}` : 'status = "error"');
  return parts.join(" and ");
}

/** How often the same error came up lately, since when, and a way to the traces that have it. */
export function Elsewhere({ span, stacktrace }: { span: Span; stacktrace: string | null }) {
  const { project } = useTraceView();
  const navigate = useNavigate();
  const filter = sameError(span);
  const any = `any(span: ${filter})`;
  const lately = useQuery({
    queryKey: ["same-error", project, any],
    queryFn: ({ signal }) =>
      send<MetricsAnswer>(
        "POST",
        "metrics/query",
        {
          project,
          from: new Date(Date.now() - DAY_MS).toISOString(),
          scope: "traces",
          measures: ["count"],
          filter: any,
        },
        signal,
      ),
    staleTime: 60_000,
    retry: false,
  });
  const first = useQuery({
    queryKey: ["first-error", project, filter],
    queryFn: ({ signal }) =>
      get<Page<Span>>("spans", { project, filter, order_by: "start_time", limit: 1 }, signal),
    staleTime: 60_000,
    retry: false,
  });
  const place = stacktrace ? errorPlace(stacktrace) : null;
  const seen = first.data?.items[0];
  const found = lately.data?.series[0]?.points[0]?.count;
  const traces = typeof found === "number" ? found : lately.data ? 0 : null;
  if (lately.isError && first.isError && !place) return null;
  return (
    <section className={classes.section}>
      <h3 className={classes.sectionTitle}>Same error elsewhere</h3>
      <dl className={classes.facts}>
        {traces !== null && (
          <>
            <dt>Last 24 hours</dt>
            <dd>
              <b>{plural(traces, "trace")}</b>
            </dd>
          </>
        )}
        {seen && (
          <>
            <dt>First seen</dt>
            <dd>
              {time(seen.start_time, false)}
              {seen.release && `, release ${seen.release}`}
            </dd>
          </>
        )}
        {place && (
          <>
            <dt>Place</dt>
            <dd>
              <code title={place}>{place.split("/").at(-1)}</code>
            </dd>
          </>
        )}
      </dl>
      {traces !== null && traces > 1 && (
        <Button
          small
          onClick={() =>
            navigate({ to: "/p/$project/traces", params: { project }, search: { filter: any } })
          }
        >
          Show the {count(traces)} traces
        </Button>
      )}
    </section>
  );
}
