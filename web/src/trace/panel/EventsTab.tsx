import { Link } from "@tanstack/react-router";
import { duration, exactTime } from "../../format";
import { keyOf } from "../../keyOf";
import { instant, type Span } from "../model";
import { JsonView } from "../parts/JsonView";
import { useTraceView } from "../view";
import classes from "./panel.module.css";

/** What happened within a span, in order of time, and the spans it points to. */
export function EventsTab({ span }: { span: Span }) {
  const { project, share } = useTraceView();
  const start = instant(span.start_time);
  return (
    <>
      {(span.events ?? []).map((event) => (
        <section key={keyOf(event)} className={classes.section}>
          <div className={classes.sectionHead}>
            <h3 className={classes.sectionTitle}>{event.name}</h3>
            {event.time && (
              <span className={classes.sectionNote} title={exactTime(event.time)}>
                +{duration(Math.max(0, instant(event.time) - start))}
              </span>
            )}
          </div>
          {event.attributes && Object.keys(event.attributes).length > 0 && (
            <div className={classes.well}>
              <JsonView value={event.attributes} />
            </div>
          )}
        </section>
      ))}
      {(span.links?.length ?? 0) > 0 && (
        <section className={classes.section}>
          <h3 className={classes.sectionTitle}>Links</h3>
          {span.links?.map((link) => (
            <p key={`${link.trace_id}${link.span_id}`}>
              {share ? (
                <code>{link.trace_id}</code>
              ) : (
                <Link
                  to="/p/$project/trace/$traceId"
                  params={{ project, traceId: link.trace_id }}
                  search={{ span: link.span_id }}
                >
                  <code>{link.trace_id}</code>
                </Link>
              )}
            </p>
          ))}
        </section>
      )}
    </>
  );
}
