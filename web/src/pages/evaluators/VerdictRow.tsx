import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import type { Score } from "../../api/types";
import { cost, UNKNOWN } from "../../format";
import { Judged } from "../../parts/Judged";
import { ScorePill } from "../../parts/ScorePill";
import type { Tested, Verdict } from "./queries";
import classes from "./verdicts.module.css";

interface Props {
  project: string;
  verdict: Verdict | Tested;
  /** What stands first: the span, or when it was scored. */
  lead: ReactNode;
  /** What was judged, where it is known. */
  children?: ReactNode;
  /** The small figures at the end, beside the cost. */
  facts?: ReactNode;
}

/** One verdict on a line; opened it shows what was judged, the prompt and the raw answer. */
export function VerdictRow({ project, verdict, lead, children, facts }: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <li className={classes.verdict} data-error={verdict.status === "error" || undefined}>
      <button
        type="button"
        className={classes.line}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={14} strokeWidth={1.75} aria-hidden className={classes.chevron} />
        <span className={classes.value}>
          <Value verdict={verdict} />
        </span>
        <span className={`${classes.lead} ellipsis`}>{lead}</span>
        <span className={`${classes.comment} ellipsis`} dir="auto">
          {reasonOf(verdict)}
        </span>
        <span className={`${classes.facts} num`}>
          {facts}
          <span className={classes.cost}>{cost(verdict.cost)}</span>
        </span>
      </button>
      {open && (
        <div id={id} className={classes.opened}>
          {verdict.status !== "ok" && <p className={classes.failed}>{reasonOf(verdict)}</p>}
          {verdict.status === "ok" && verdict.comment && (
            <p className={classes.explanation} dir="auto">
              {verdict.comment}
            </p>
          )}
          {verdict.trace_id && (
            <p>
              <Link
                to="/p/$project/trace/$traceId"
                params={{ project, traceId: verdict.trace_id }}
                search={verdict.span_id ? { span: verdict.span_id } : {}}
              >
                Open the trace
              </Link>
            </p>
          )}
          {children}
          <Judged prompt={verdict.prompt} raw={verdict.raw} />
        </div>
      )}
    </li>
  );
}

/** Why there is a verdict, or why there is none. */
function reasonOf({ status, error, comment }: Verdict | Tested): string {
  if (status === "ok") return comment ?? "";
  return error ?? comment ?? (status === "error" ? "It failed." : "Nothing to judge.");
}

function Value({ verdict }: { verdict: Verdict | Tested }) {
  if (verdict.status === "error") return <span className={classes.error}>failed</span>;
  if (verdict.status !== "ok") return <span className={classes.none}>skipped</span>;
  if (verdict.label && verdict.value !== null)
    return (
      <>
        <ScorePill score={scoreOf(verdict)} />
        <span className={classes.label}>{verdict.label}</span>
      </>
    );
  if (verdict.label) return <span className={classes.label}>{verdict.label}</span>;
  return verdict.value === null ? UNKNOWN : <ScorePill score={scoreOf(verdict)} />;
}

/** A verdict as the pill takes it. */
function scoreOf({ value, label, comment, trace_id, span_id }: Verdict | Tested): Score {
  return {
    id: "",
    name: "",
    value,
    label: null,
    comment: comment ?? label,
    project: null,
    source: "judge",
    trace_id,
    span_id,
    session_id: null,
    created_at: "",
  };
}
