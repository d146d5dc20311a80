import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Score, Span, TraceDetail } from "../../api/types";
import { Judged } from "../../parts/Judged";
import { Skeleton } from "../../parts/states";
import classes from "./judgedScore.module.css";

/** Where the calls of evaluators are recorded. */
const PROJECT = "evaluators";

/** What a judge was asked and what it answered, behind one button; nothing where no model was. */
export function JudgedScore({ score }: { score: Score }) {
  const [open, setOpen] = useState(false);
  const { raw, evaluator_trace_id: traceId } = (score.metadata ?? {}) as Record<string, unknown>;
  if (typeof traceId !== "string") return null;
  return (
    <div className={classes.judged}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Prompt and raw answer
      </button>
      {open && <Asked traceId={traceId} raw={typeof raw === "string" ? raw : null} />}
    </div>
  );
}

function Asked({ traceId, raw }: { traceId: string; raw: string | null }) {
  const { data, error } = useQuery({
    queryKey: keys.trace(PROJECT, traceId),
    queryFn: ({ signal }) =>
      get<TraceDetail>(`traces/${encodeURIComponent(traceId)}`, { project: PROJECT }, signal),
  });
  if (error) return <p className={classes.failed}>{error.message}</p>;
  if (!data) return <Skeleton height={120} />;
  const call = data.spans.find((span) => span.kind === "llm");
  return (
    <>
      <Judged prompt={promptOf(call)} raw={raw} />
      <Link to="/p/$project/trace/$traceId" params={{ project: PROJECT, traceId }}>
        Open the judge's own trace
      </Link>
    </>
  );
}

/** The messages of a call as texts. */
function promptOf(call: Span | undefined) {
  return call?.messages_in?.map(({ role, parts }) => ({
    role,
    content: parts.map((part) => ("text" in part ? part.text : "")).join("\n"),
  }));
}
