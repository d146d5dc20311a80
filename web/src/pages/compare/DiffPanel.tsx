import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useEffect, useMemo } from "react";
import { cost, count, duration } from "../../format";
import { Button } from "../../parts/Button";
import { KindIcon } from "../../parts/KindIcon";
import { ScrollBox } from "../../parts/ScrollBox";
import { ErrorState, Skeleton } from "../../parts/states";
import { deltas, type Pair } from "../../trace/align";
import type { Span } from "../../trace/model";
import { WordDiff } from "../../trace/parts/WordDiff";
import type { PayloadState, PayloadStore } from "../../trace/payloads";
import { errorLine } from "../../trace/rootcause";
import type { Node } from "../../trace/tree";
import { Change } from "./Change";
import classes from "./compare.module.css";
import { textsOf } from "./texts";

interface Props {
  project: string;
  projectB: string;
  pair: Pair;
  chosen: boolean;
  close: () => void;
  payloadsA: PayloadState;
  payloadsB: PayloadState;
  storeA: PayloadStore;
  storeB: PayloadStore;
}

/** What went in and came out of a step in both traces, word by word. */
export function DiffPanel({
  project,
  projectB,
  pair,
  chosen,
  close,
  payloadsA,
  payloadsB,
  storeA,
  storeB,
}: Props) {
  const { a, b } = pair;
  useEffect(() => {
    if (a) storeA.want([a.span.span_id]);
    if (b) storeB.want([b.span.span_id]);
  }, [a, b, storeA, storeB]);
  const [spanA, failA] = loaded(a, payloadsA);
  const [spanB, failB] = loaded(b, payloadsB);
  const name = b?.span.name ?? a?.span.name ?? "";
  const found = deltas(pair);
  const failure = failA ?? failB;
  return (
    <aside className={classes.panel} data-chosen={chosen || undefined} aria-label="Difference">
      <div className={classes.panelHead}>
        <KindIcon kind={(b ?? a)?.span.kind ?? "span"} size={15} />
        <h2 className="ellipsis" dir="auto">
          {name}
        </h2>
        <Button
          look="quiet"
          icon={X}
          className={classes.close}
          onClick={close}
          aria-label="Close"
        />
      </div>
      <ScrollBox className={classes.panelBody} role="group" label="Difference of the step">
        <section className={classes.section}>
          <table className={classes.figures}>
            <thead>
              <tr>
                <th scope="col">
                  <span className="hidden-text">Measure</span>
                </th>
                <th scope="col">A</th>
                <th scope="col">B</th>
                <th scope="col">Change</th>
              </tr>
            </thead>
            <tbody>
              {(
                [
                  ["Duration", found.duration, duration],
                  ["Tokens", found.tokens, count],
                  ["Cost", found.cost, (value: number | null) => cost(value, 4)],
                ] as const
              ).map(([label, value, write]) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td>{write(value.a)}</td>
                  <td>{write(value.b)}</td>
                  <td>
                    <Change delta={value} write={write} neutral={label === "Tokens"} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className={classes.links}>
            <SpanLink project={project} letter="A" node={a} />
            <SpanLink project={projectB} letter="B" node={b} />
          </p>
        </section>
        {failure ? (
          <ErrorState
            error={failure}
            onRetry={() => {
              if (a) storeA.renew([a.span.span_id]);
              if (b) storeB.renew([b.span.span_id]);
            }}
          />
        ) : (a && !spanA) || (b && !spanB) ? (
          <section className={classes.section} aria-busy="true">
            <Skeleton height={80} />
          </section>
        ) : (
          <Sections a={spanA} b={spanB} />
        )}
      </ScrollBox>
    </aside>
  );
}

function loaded(node: Node | null, { spans, errors }: PayloadState): [Span | undefined, unknown] {
  if (!node) return [undefined, undefined];
  return [spans.get(node.span.span_id), errors.get(node.span.span_id)];
}

function Sections({ a, b }: { a: Span | undefined; b: Span | undefined }) {
  const [left, right] = useMemo(() => {
    const none = { input: "", output: "" };
    return [a ? textsOf(a) : none, b ? textsOf(b) : none];
  }, [a, b]);
  const errors = [a, b].map((span) => errorLine(span?.error_type, span?.status_message));
  return (
    <>
      {(errors[0] || errors[1]) && (
        <Section title="Error" a={errors[0] ?? ""} b={errors[1] ?? ""} />
      )}
      <Section title="Input" a={left.input} b={right.input} />
      <Section title="Output" a={left.output} b={right.output} />
    </>
  );
}

function Section({ title, a, b }: { title: string; a: string; b: string }) {
  const same = a === b && a !== "";
  return (
    <section className={classes.section}>
      <h3 className={classes.sectionTitle}>
        {title} {same && <span className={classes.same}>the same in both</span>}
      </h3>
      <WordDiff a={a} b={b} />
    </section>
  );
}

function SpanLink({
  project,
  letter,
  node,
}: {
  project: string;
  letter: string;
  node: Node | null;
}) {
  if (!node) return <span className={classes.same}>not in {letter}</span>;
  return (
    <Link
      to="/p/$project/trace/$traceId"
      params={{ project, traceId: node.span.trace_id }}
      search={{ span: node.span.span_id }}
    >
      Open in {letter}
    </Link>
  );
}
