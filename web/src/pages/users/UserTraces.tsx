import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page, Trace } from "../../api/types";
import { withoutType } from "../../errorText";
import { cost, duration, exactTime, time, UNKNOWN } from "../../format";
import { ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { linkOf, type OfUser, paramsOf } from "./ofUser";
import classes from "./users.module.css";

/** The newest traces of a user. */
export function UserTraces(own: OfUser) {
  const params = paramsOf(own, 12);
  const { data, error, refetch } = useQuery({
    queryKey: keys.list("traces", params),
    queryFn: ({ signal }) => get<Page<Trace>>("traces", params, signal),
    placeholderData: (before) => before,
  });
  return (
    <section className={classes.section} aria-labelledby="traces-title">
      <h2 className={classes.sectionTitle}>
        <span id="traces-title">Newest traces</span>
        {data?.next_cursor && <Link {...linkOf(own)}>Show all</Link>}
      </h2>
      {error && <ErrorState error={error} onRetry={refetch} />}
      {data?.items.length === 0 && <p className={classes.quiet}>No trace in this time.</p>}
      {data && data.items.length > 0 && (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Input</th>
              <th scope="col" className={classes.wideOnly}>
                Output
              </th>
              <th scope="col" className={`${table.number} ${table.ends}`}>
                Duration
              </th>
              <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
                Cost
              </th>
              <th scope="col" className={`${table.time} ${classes.wideOnly}`}>
                Start
              </th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((trace) => (
              <TraceRow key={trace.trace_id} trace={trace} project={own.project} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function TraceRow({ trace, project }: { trace: Trace; project: string }) {
  const failed = trace.status === "error";
  return (
    <tr className={table.row} data-error={failed || undefined}>
      <td>
        <Link
          to="/p/$project/trace/$traceId"
          params={{ project, traceId: trace.trace_id }}
          className={table.rowLink}
          title={trace.name}
        >
          {trace.name}
        </Link>
      </td>
      <td>{trace.input_preview ?? UNKNOWN}</td>
      <td className={`${classes.output} ${classes.wideOnly}`}>
        {failed ? (
          <>
            <span className={table.errorType}>{trace.error_type ?? "Error"}</span>
            {trace.status_message && `: ${withoutType(trace.status_message, trace.error_type)}`}
          </>
        ) : (
          (trace.output_preview ?? UNKNOWN)
        )}
      </td>
      <td className={`${table.number} ${table.ends}`}>{duration(trace.duration_ms)}</td>
      <td className={`${table.number} ${classes.wideOnly}`}>{cost(trace.cost?.total, 4)}</td>
      <td className={`${table.time} ${classes.wideOnly}`} title={exactTime(trace.start_time)}>
        {time(trace.start_time, false)}
      </td>
    </tr>
  );
}
