import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Pencil, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import { time } from "../../format";
import { Button } from "../../parts/Button";
import { ScorePill } from "../../parts/ScorePill";
import type { Score, Span } from "../model";
import { useTraceView } from "../view";
import { JudgedScore } from "./JudgedScore";
import classes from "./panel.module.css";
import { type GivenScore, ScoreForm } from "./ScoreForm";
import own from "./scores.module.css";

const SOURCES: Record<string, string> = {
  human: "a person",
  judge: "a model as judge",
  code: "code",
  end_user: "the user",
};

/** The scores of a span; those that people gave are changed and taken back here. */
export function ScoresTab({ span }: { span: Span }) {
  const { project, share, trace, store, tree } = useTraceView();
  const client = useQueryClient();
  const [editing, setEditing] = useState<string | null>(null);
  const [removed, setRemoved] = useState<Score | null>(null);
  const isRoot = tree.roots[0]?.span.span_id === span.span_id;
  const scores = merged(span.scores ?? [], isRoot ? (trace.scores ?? []) : []);
  const names = merged(trace.scores ?? [], scores).map((score) => score.name);

  async function renewed() {
    store.renew([span.span_id]);
    await client.invalidateQueries({ queryKey: keys.trace(project, trace.trace_id) });
  }
  const keep = useMutation({
    mutationFn: ({ of, given }: { of?: Score; given: GivenScore }) =>
      send("POST", "scores", {
        project,
        trace_id: of ? of.trace_id : trace.trace_id,
        span_id: of ? of.span_id : span.span_id,
        source: "human",
        ...(of && { id: of.id, identifier: of.identifier, metadata: of.metadata ?? {} }),
        ...given,
      }),
    onSuccess: renewed,
  });
  const remove = useMutation({
    mutationFn: (score: Score) => send("DELETE", `scores/${encodeURIComponent(score.id)}`),
    onSuccess: (_answer, score) => {
      setRemoved(score);
      return renewed();
    },
  });
  const bringBack = (score: Score) =>
    keep.mutate(
      {
        of: score,
        given: {
          name: score.name,
          value: score.value,
          label: score.label ?? undefined,
          comment: score.comment ?? undefined,
        },
      },
      { onSuccess: () => setRemoved(null) },
    );
  const wrong = keep.error ?? remove.error;
  const busy = keep.isPending || remove.isPending;

  return (
    <>
      <section className={classes.section}>
        {scores.length === 0 && <p className={classes.quiet}>No score yet.</p>}
        {scores.map((score) =>
          editing === score.id ? (
            <ScoreForm
              key={score.id}
              score={score}
              names={names}
              busy={busy}
              onSave={async (given) => {
                await keep.mutateAsync({ of: score, given });
                setEditing(null);
              }}
              onCancel={() => setEditing(null)}
            />
          ) : (
            <OneScore
              key={score.id}
              score={score}
              busy={busy}
              readOnly={!!share}
              onEdit={() => setEditing(score.id)}
              onRemove={() => remove.mutate(score)}
            />
          ),
        )}
        {removed && (
          <p className={own.removed} role="status">
            {removed.name} was taken back.
            <Button small icon={Undo2} disabled={busy} onClick={() => bringBack(removed)}>
              Undo
            </Button>
          </p>
        )}
      </section>
      {!share && (
        <ScoreForm names={names} busy={busy} onSave={(given) => keep.mutateAsync({ given })} />
      )}
      {wrong && (
        <p className={own.failedText} role="alert">
          {wrong.message}
        </p>
      )}
    </>
  );
}

interface OneProps {
  score: Score;
  busy: boolean;
  readOnly: boolean;
  onEdit: () => void;
  onRemove: () => void;
}

function OneScore({ score, busy, readOnly, onEdit, onRemove }: OneProps) {
  const { project } = useTraceView();
  const queue = queueOf(score);
  const evaluator = evaluatorOf(score);
  return (
    <div className={own.score}>
      <span className={own.scoreName}>{score.name}</span>
      <span className={own.scoreValue}>
        <ScorePill score={score} />
      </span>
      <span className={own.scoreFrom}>
        {SOURCES[score.source ?? ""] ?? score.source}
        {evaluator && !readOnly ? (
          <>
            {", "}
            <Link
              to="/p/$project/evaluators/$evaluatorId"
              params={{ project, evaluatorId: evaluator }}
            >
              evaluator
            </Link>
            {score.evaluator_version && ` version ${score.evaluator_version}`}
          </>
        ) : (
          score.identifier && `, ${score.identifier}`
        )}
        {score.created_at && `, ${time(score.created_at, false)}`}
        {queue && !readOnly && (
          <>
            {", "}
            <Link
              to="/annotation/$queueId"
              params={{ queueId: queue.id }}
              search={{ item: queue.item }}
            >
              from a queue
            </Link>
          </>
        )}
      </span>
      {score.source === "human" && !queue && !readOnly && (
        <>
          <Button
            look="quiet"
            small
            icon={Pencil}
            disabled={busy}
            aria-label={`Change ${score.name}`}
            title="Change"
            onClick={onEdit}
          />
          <Button
            look="quiet"
            small
            icon={Trash2}
            disabled={busy}
            aria-label={`Delete ${score.name}`}
            title="Delete"
            onClick={onRemove}
          />
        </>
      )}
      {(score.comment || score.label) && (
        <p className={own.scoreComment} dir="auto">
          {[score.label, score.comment].filter(Boolean).join(": ")}
        </p>
      )}
      {score.status === "error" && <p className={own.scoreComment}>{score.error ?? "failed"}</p>}
      {!readOnly && <JudgedScore score={score} />}
    </div>
  );
}

/** The review that a score is part of: it is changed there, or the two would differ. */
function queueOf(score: Score): { id: string; item: string } | null {
  const given = (score.metadata ?? {}) as Record<string, unknown>;
  const id = given["annotation.queue_id"];
  const item = given["annotation.item_id"];
  return typeof id === "string" && typeof item === "string" ? { id, item } : null;
}

/** The evaluator of the server that gave a score. */
function evaluatorOf(score: Score): string | null {
  const id = (score.metadata as Record<string, unknown> | undefined)?.evaluator_id;
  return typeof id === "string" ? id : null;
}

function merged(own: Score[], whole: Score[]): Score[] {
  const all = new Map([...own, ...whole].map((score) => [score.id, score]));
  return [...all.values()].sort((a, b) => (a.created_at ?? "").localeCompare(b.created_at ?? ""));
}
