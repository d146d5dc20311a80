import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page, Session } from "../../api/types";
import { cost, count, exactTime, time, UNKNOWN } from "../../format";
import { ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { linkOf, type OfUser, paramsOf } from "./ofUser";
import classes from "./users.module.css";

/** The newest conversations of a user. */
export function UserSessions(own: OfUser) {
  const params = paramsOf(own, 8);
  const { data, error, refetch } = useQuery({
    queryKey: keys.list("sessions", params),
    queryFn: ({ signal }) => get<Page<Session>>("sessions", params, signal),
    placeholderData: (before) => before,
  });
  return (
    <section className={classes.section} aria-labelledby="sessions-title">
      <h2 className={classes.sectionTitle}>
        <span id="sessions-title">Sessions</span>
        {data?.next_cursor && <Link {...linkOf(own, "sessions")}>Show all</Link>}
      </h2>
      {error && <ErrorState error={error} onRetry={refetch} />}
      {data?.items.length === 0 && <p className={classes.quiet}>No session in this time.</p>}
      {data && data.items.length > 0 && (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Session</th>
              <th scope="col" className={classes.wideOnly}>
                First input
              </th>
              <th scope="col" className={table.number}>
                Turns
              </th>
              <th scope="col" className={table.number}>
                Errors
              </th>
              <th scope="col" className={`${table.number} ${table.ends}`}>
                Cost
              </th>
              <th scope="col" className={`${table.time} ${classes.wideOnly}`}>
                Start
              </th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((session) => (
              <tr key={session.session_id} className={table.row}>
                <td>
                  <Link
                    to="/p/$project/sessions/$sessionId"
                    params={{ project: own.project, sessionId: session.session_id }}
                    className={table.rowLink}
                    title={session.session_id}
                  >
                    {session.session_id}
                  </Link>
                </td>
                <td className={classes.wideOnly}>{session.input_preview ?? UNKNOWN}</td>
                <td className={table.number}>{count(session.trace_count)}</td>
                <td className={table.number}>{session.error_count || UNKNOWN}</td>
                <td className={`${table.number} ${table.ends}`}>{cost(session.cost?.total)}</td>
                <td
                  className={`${table.time} ${classes.wideOnly}`}
                  title={exactTime(session.start_time)}
                >
                  {time(session.start_time, false)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
