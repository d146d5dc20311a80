import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowUpRight, X } from "lucide-react";
import type { Span } from "../../api/types";
import { cost, count, duration, plural, time } from "../../format";
import { Button } from "../../parts/Button";
import { KindIcon } from "../../parts/KindIcon";
import { ScorePill } from "../../parts/ScorePill";
import { StatusMark } from "../../parts/StatusMark";
import { ErrorState, Skeleton } from "../../parts/states";
import classes from "./Peek.module.css";
import { outlineQuery } from "./queries";
import type { Row } from "./rows";

interface Props {
  row: Row;
  onOpen: () => void;
  onClose: () => void;
}

/** A glance at a row beside the table: what came in, what went out, which steps. */
export function Peek({ row, onOpen, onClose }: Props) {
  return (
    <aside className={classes.peek} aria-label={`Glance at ${row.name}`}>
      <header className={classes.head}>
        <div className={classes.title}>
          {row.kind && <KindIcon kind={row.kind} size={15} />}
          <h2 className="ellipsis" title={row.name}>
            {row.name}
          </h2>
          <Button icon={ArrowUpRight} onClick={onOpen}>
            Open
          </Button>
          <Button look="quiet" icon={X} aria-label="Close" title="Close  Esc" onClick={onClose} />
        </div>
        <p className={classes.figures}>
          <StatusMark status={row.status} />
          <b>{duration(row.durationMs)}</b>
          <span>
            <b>{count(row.totalTokens)}</b> tokens
          </span>
          <b>{cost(row.cost)}</b>
          <span>{time(row.start)}</span>
        </p>
      </header>
      <div className={classes.body}>
        {row.status === "error" && (row.errorType || row.statusMessage) && (
          <section className={classes.section}>
            <h3 className={classes.errorType}>{row.errorType ?? "Error"}</h3>
            <p className={classes.text}>{row.statusMessage}</p>
          </section>
        )}
        <Preview title="Input" text={row.input} />
        <Preview title="Output" text={row.output} />
        {row.scores.size > 0 && (
          <section className={classes.section}>
            <h3>Scores</h3>
            {[...row.scores.values()].map((score) => (
              <p key={score.name} className={classes.line}>
                <span className={`${classes.stepName} ellipsis`}>{score.name}</span>
                <span className="num">
                  <ScorePill score={score} />
                </span>
              </p>
            ))}
          </section>
        )}
        {row.traceId && <Steps project={row.project} traceId={row.traceId} />}
      </div>
    </aside>
  );
}

function Preview({ title, text }: { title: string; text: string | null }) {
  return (
    <section className={classes.section}>
      <h3>{title}</h3>
      {text ? (
        <p className={classes.text} dir="auto">
          {text}
        </p>
      ) : (
        <p className={classes.unknown}>–</p>
      )}
    </section>
  );
}

const STEPS_SHOWN = 40;

function Steps({ project, traceId }: { project: string; traceId: string }) {
  const { data, error, refetch } = useQuery(outlineQuery(project, traceId));
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  const spans = data?.spans ?? [];
  return (
    <section className={classes.section}>
      <h3>
        Steps {data && <span className={classes.unknown}>{plural(spans.length, "span")}</span>}
      </h3>
      {!data &&
        [70, 55, 60, 40].map((width) => (
          <p key={width} className={classes.line}>
            <Skeleton width={`${width}%`} />
          </p>
        ))}
      {spans.slice(0, STEPS_SHOWN).map((span) => (
        <Step key={span.span_id} span={span} />
      ))}
      {spans.length > STEPS_SHOWN && (
        <Link to="/p/$project/trace/$traceId" params={{ project, traceId }}>
          All {count(spans.length)} spans
        </Link>
      )}
    </section>
  );
}

function Step({ span }: { span: Span }) {
  return (
    <Link
      to="/p/$project/trace/$traceId"
      params={{ project: span.project, traceId: span.trace_id }}
      search={{ span: span.span_id }}
      className={classes.line}
      data-error={span.status === "error" || undefined}
    >
      <KindIcon kind={span.kind} />
      <span className={`${classes.stepName} ellipsis`}>{span.name}</span>
      <span className={`${classes.stepTime} num`}>{duration(span.duration_ms)}</span>
    </Link>
  );
}
