import { useMemo } from "react";
import { plural } from "../format";
import type { Span } from "./model";
import { JsonView } from "./parts/JsonView";
import classes from "./raw.module.css";
import { useTraceView } from "./view";

/** More spans than this are shown without their payloads: the download has them. */
const MOST = 2000;

/** A span without what was added for drawing, its time written out. */
function asGiven(span: Span): Span {
  const { start_ms: _, ...rest } = span;
  return { ...rest, start_time: span.start_time };
}

/** The trace as the API gives it, with every payload that is loaded. */
export function RawView() {
  const { trace, tree, payloads } = useTraceView();
  const spans = useMemo(
    () => tree.nodes.map((node) => payloads.spans.get(node.span.span_id) ?? asGiven(node.span)),
    [tree, payloads],
  );
  const value = useMemo(() => ({ trace, spans }), [trace, spans]);
  const missing = spans.length > MOST ? spans.length - payloads.spans.size : 0;
  return (
    <div className={classes.view}>
      {missing > 0 && (
        <p className={classes.note}>
          {plural(missing, "span")} without payloads; download the trace to have all of them.
        </p>
      )}
      <div className={classes.body}>
        <JsonView value={value} fill />
      </div>
    </div>
  );
}
