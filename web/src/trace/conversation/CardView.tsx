import { ChevronDown, ChevronRight, CircleAlert, CircleCheck } from "lucide-react";
import { useState } from "react";
import { bytes, count, duration, plural } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import type { Card, CardAttempt } from "../cards";
import { oneLine } from "../model";
import { Marked } from "../parts/Marked";
import { Value } from "../parts/Value";
import { errorLine, errorTitle } from "../rootcause";
import { useTraceView } from "../view";
import classes from "./card.module.css";
import { Documents } from "./Documents";

interface CardProps {
  card: Card;
  selected: boolean;
  /** Whether something else than a card follows. */
  last: boolean;
}

/** One call of a tool or a search: what was asked, each attempt, what came of it. */
export function CardView({ card, selected, last }: CardProps) {
  const [open, setOpen] = useState<"arguments" | "result" | null>(null);
  const { select, selected: at } = useTraceView();
  const pick = (spanId: string | undefined) => spanId && select(spanId);
  const failures = card.attempts.filter((one) => one.failed);
  const tried = card.attempts.length > 1;
  const worked = card.attempts.findLast((one) => !one.failed);
  const hasResult =
    card.documents.length === 0 && card.result !== undefined && card.result !== null;

  return (
    <div
      className={classes.outer}
      data-selected={selected || undefined}
      data-last={last || undefined}
    >
      <div className={classes.card}>
        <CallLine
          card={card}
          open={open === "arguments"}
          onPress={() => {
            pick(card.node?.span.span_id);
            setOpen(open === "arguments" ? null : "arguments");
          }}
        />
        {open === "arguments" && (
          <div className={classes.opened}>
            <Value value={card.arguments} />
          </div>
        )}
        {failures.map((attempt) => (
          <FailedLine
            key={attempt.node.span.span_id}
            attempt={attempt}
            alone={!tried}
            here={attempt.node === at}
            onPress={() => pick(attempt.node.span.span_id)}
          />
        ))}
        {hasResult && (
          <ResultLine
            label={tried && worked ? `attempt ${worked.number}, result` : "result"}
            value={card.result}
            ms={tried && worked ? worked.node.end - worked.node.start : null}
            open={open === "result"}
            onPress={() => {
              pick((worked?.node ?? card.node)?.span.span_id);
              setOpen(open === "result" ? null : "result");
            }}
          />
        )}
        {open === "result" && (
          <div className={classes.opened}>
            <Value value={card.result} />
          </div>
        )}
        {card.documents.length > 0 && (
          <Documents card={card} onPress={() => pick(card.node?.span.span_id)} />
        )}
      </div>
    </div>
  );
}

interface CallProps {
  card: Card;
  open: boolean;
  onPress: () => void;
}

function CallLine({ card, open, onPress }: CallProps) {
  const { words } = useTraceView();
  const figures = [
    card.attempts.length > 1 ? plural(card.attempts.length, "attempt") : null,
    card.documents.length > 0 ? documentCount(card) : null,
    card.ms === null ? null : duration(card.ms),
  ].filter(Boolean);
  const shows = card.documents.length > 0 || card.attempts.length > 1;
  const Chevron = open || shows ? ChevronDown : ChevronRight;
  return (
    <button type="button" className={classes.line} aria-expanded={open} onClick={onPress}>
      <span className={classes.icon}>
        <KindIcon kind={card.kind} size={15} />
      </span>
      <span className={`${classes.name} ellipsis`}>
        <Marked text={card.name} words={words} />
      </span>
      {card.query !== null ? (
        <span className={`${classes.query} ellipsis`} dir="auto">
          “{oneLine(card.query).slice(0, 400)}”
        </span>
      ) : (
        <span className={`${classes.mono} ellipsis`} dir="auto">
          {oneLine(card.arguments).slice(0, 400)}
        </span>
      )}
      <span className={classes.right}>
        <span className={classes.wide}>{figures.join(" · ")}</span>
        <span className={classes.short}>{card.ms === null ? "" : duration(card.ms)}</span>
        <Chevron className={classes.short} size={14} strokeWidth={1.75} aria-hidden />
      </span>
    </button>
  );
}

function documentCount(card: Card): string {
  const shown = card.documents.length;
  return card.found === null
    ? plural(shown, "document")
    : `${count(shown)} of ${plural(card.found, "document")}`;
}

interface FailedProps {
  attempt: CardAttempt;
  alone: boolean;
  here: boolean;
  onPress: () => void;
}

function FailedLine({ attempt, alone, here, onPress }: FailedProps) {
  const { error_type: type, status_message: message } = attempt.node.span;
  const text = errorLine(type, message) || errorTitle(attempt.node);
  return (
    <button
      type="button"
      className={classes.failed}
      data-here={here || undefined}
      onClick={onPress}
    >
      <span className={classes.icon}>
        <CircleAlert size={15} strokeWidth={1.75} aria-hidden />
      </span>
      <span className={classes.label}>{alone ? "failed" : `attempt ${attempt.number} failed`}</span>
      <span className={`${classes.mono} ellipsis`} dir="auto" title={text.slice(0, 2000)}>
        {oneLine(text).slice(0, 400)}
      </span>
      <span className={classes.failedShort}>
        {alone ? "" : `attempt ${attempt.number}: `}
        {errorTitle(attempt.node)}
      </span>
      <span className={classes.right}>{duration(attempt.node.end - attempt.node.start)}</span>
    </button>
  );
}

interface ResultProps {
  label: string;
  value: unknown;
  ms: number | null;
  open: boolean;
  onPress: () => void;
}

function ResultLine({ label, value, ms, open, onPress }: ResultProps) {
  const text = oneLine(value);
  return (
    <button
      type="button"
      className={classes.result}
      data-plain={label === "result" || undefined}
      aria-expanded={open}
      onClick={onPress}
    >
      <span className={classes.icon}>
        <CircleCheck className={classes.tick} size={15} strokeWidth={1.75} aria-hidden />
      </span>
      <span className={classes.label}>{label}</span>
      <span className={`${classes.mono} ellipsis`} dir="auto">
        {text.slice(0, 400)}
      </span>
      <span className={classes.right}>
        {ms === null ? bytes(new Blob([text]).size) : duration(ms)}
      </span>
    </button>
  );
}
