import { useMemo, useState } from "react";
import { duration, plural } from "../../format";
import { keyOf } from "../../keyOf";
import { CopyButton } from "../../parts/CopyButton";
import { ScrollBox } from "../../parts/ScrollBox";
import { type ExceptionInfo, oneLine, type Span } from "../model";
import { errorTitle } from "../rootcause";
import { readStack, type TraceLine } from "../stacktrace";
import type { Node } from "../tree";
import { useTraceView } from "../view";
import { Elsewhere } from "./Elsewhere";
import own from "./exception.module.css";
import classes from "./panel.module.css";

/** What went wrong: the exceptions with their stacks, the attempts, the same error in other traces. */
export function ExceptionTab({ span }: { span: Span }) {
  const { tree, attempts, share } = useTraceView();
  const node = tree.byId.get(span.span_id) as Node;
  const known = span.exceptions ?? [];
  const exceptions: ExceptionInfo[] =
    known.length > 0
      ? known
      : [{ type: errorTitle(node), message: span.status_message, stacktrace: null }];
  const tried = attemptsAbove(node, attempts);
  return (
    <>
      {exceptions.map((one) => (
        <One key={keyOf(one)} exception={one} fallback={errorTitle(node)} />
      ))}
      {tried && <Attempts all={tried} />}
      {!share && (
        <Elsewhere
          span={span}
          stacktrace={known.find((one) => one.stacktrace)?.stacktrace ?? null}
        />
      )}
    </>
  );
}

/** The attempts that this span, or one it works for, belongs to. */
function attemptsAbove(node: Node, attempts: Map<string, { all: Node[] }>): Node[] | null {
  for (let at: Node | null = node; at && at.span.status === "error"; at = at.parent) {
    const found = attempts.get(at.span.span_id);
    if (found) return found.all;
  }
  return null;
}

function One({ exception, fallback }: { exception: ExceptionInfo; fallback: string }) {
  const [ownOnly, setOwnOnly] = useState(true);
  const stack = exception.stacktrace;
  const lines = useMemo(() => (stack ? readStack(stack, ownOnly) : []), [stack, ownOnly]);
  const folds = useMemo(
    () =>
      stack !== null &&
      stack !== undefined &&
      readStack(stack, true).some((line) => line.type === "libraries"),
    [stack],
  );
  return (
    <>
      <section className={classes.section}>
        <h3 className={own.errorTitle}>{exception.type ?? fallback}</h3>
        {exception.message && <p className={own.errorText}>{exception.message}</p>}
      </section>
      {stack && (
        <section className={classes.section}>
          <div className={classes.sectionHead}>
            <h3 className={classes.sectionTitle}>Stack trace</h3>
            {folds && (
              <button
                type="button"
                className={own.textButton}
                aria-pressed={ownOnly}
                onClick={() => setOwnOnly(!ownOnly)}
              >
                {ownOnly ? "own code only" : "all frames"}
              </button>
            )}
            <CopyButton text={stack} label="Copy stack trace" />
          </div>
          <ScrollBox className={own.stack} role="group" label="Stack trace">
            {lines.map((line) => (
              <StackLine key={keyOf(line)} line={line} />
            ))}
          </ScrollBox>
        </section>
      )}
    </>
  );
}

function StackLine({ line }: { line: TraceLine }) {
  if (line.type === "text") return <div data-error={line.error || undefined}>{line.text}</div>;
  if (line.type === "libraries") {
    return (
      <div className={own.libraries}>
        … {plural(line.frames.length, "frame")} in {line.names.join(", ")}
      </div>
    );
  }
  const { frame, raised } = line;
  return (
    <div>
      <div>
        {frame.place}
        {frame.within && ` in ${frame.within}`}
      </div>
      {frame.code.length > 0 && (
        <div className={own.code} data-raised={raised || undefined}>
          {frame.code.join("\n")}
        </div>
      )}
    </div>
  );
}

function Attempts({ all }: { all: Node[] }) {
  const { tree, select } = useTraceView();
  const first = all[0] as Node;
  const rows = all.flatMap((node, at) => {
    const before = all[at - 1];
    const wait = before ? node.start - before.end : 0;
    const rest = before && wait >= 50 ? [{ node: null, at: before.end, ms: wait, number: 0 }] : [];
    return [...rest, { node, at: node.start, ms: node.end - node.start, number: at + 1 }];
  });
  return (
    <section className={classes.section}>
      <div className={classes.sectionHead}>
        <h3 className={classes.sectionTitle}>Attempts</h3>
        <span className={classes.sectionNote}>of {first.span.name}</span>
      </div>
      <ul className={own.rows}>
        {rows.map((row) => (
          <li key={`${row.at} ${row.number}`} className={own.attemptRow}>
            {row.node ? (
              <button
                type="button"
                className={own.rowName}
                onClick={() => select((row.node as Node).span.span_id)}
              >
                attempt {row.number}
              </button>
            ) : (
              <span className={classes.quiet}>back-off</span>
            )}
            <span data-outcome={row.node ? row.node.span.status : undefined}>
              {outcome(row.node, row.ms)}
            </span>
            <span className={classes.quiet}>+{duration(row.at - tree.start)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function outcome(node: Node | null, ms: number): string {
  if (!node) return duration(ms);
  if (node.span.status !== "error") return `ok after ${duration(ms)}`;
  const text = oneLine(`${node.span.error_type ?? ""} ${node.span.status_message ?? ""}`);
  const verb = /time.?out|timed out|deadline/i.test(text) ? "timed out" : "failed";
  return `${verb} after ${duration(ms)}`;
}
