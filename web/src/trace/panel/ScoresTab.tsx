import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import { time } from "../../format";
import { Button } from "../../parts/Button";
import { ScorePill } from "../../parts/ScorePill";
import type { Score, Span } from "../model";
import { useTraceView } from "../view";
import classes from "./panel.module.css";

const SOURCES: Record<string, string> = {
  human: "a person",
  judge: "a model as judge",
  code: "code",
  end_user: "the user",
};

interface NewScore {
  name: string;
  value: number;
  comment?: string;
}

/** The scores of a span, and a way to add one. */
export function ScoresTab({ span }: { span: Span }) {
  const { project, trace, store, tree } = useTraceView();
  const client = useQueryClient();
  const isRoot = tree.roots[0]?.span.span_id === span.span_id;
  const scores = merged(span.scores ?? [], isRoot ? (trace.scores ?? []) : []);

  async function renewed() {
    store.renew([span.span_id]);
    await client.invalidateQueries({ queryKey: keys.trace(project, trace.trace_id) });
  }
  const add = useMutation({
    mutationFn: (score: NewScore) =>
      send("POST", "scores", {
        project,
        trace_id: trace.trace_id,
        span_id: span.span_id,
        source: "human",
        ...score,
      }),
    onSuccess: renewed,
  });
  const remove = useMutation({
    mutationFn: (id: string) => send("DELETE", `scores/${encodeURIComponent(id)}`),
    onSuccess: renewed,
  });

  return (
    <>
      <section className={classes.section}>
        {scores.length === 0 && <p className={classes.quiet}>No score yet.</p>}
        {scores.map((score) => (
          <div key={score.id} className={classes.score}>
            <span className={classes.scoreName}>{score.name}</span>
            <span className={classes.scoreValue}>
              <ScorePill score={score} />
            </span>
            <span className={classes.scoreFrom}>
              {SOURCES[score.source ?? ""] ?? score.source}
              {score.identifier && `, ${score.identifier}`}
              {score.created_at && `, ${time(score.created_at, false)}`}
            </span>
            {score.source === "human" && (
              <Button
                look="quiet"
                small
                icon={Trash2}
                aria-label={`Delete ${score.name}`}
                title="Delete"
                onClick={() => remove.mutate(score.id)}
              />
            )}
            {(score.comment || score.label) && (
              <p className={classes.scoreComment} dir="auto">
                {[score.label, score.comment].filter(Boolean).join(": ")}
              </p>
            )}
            {score.status === "error" && (
              <p className={classes.scoreComment}>{score.error ?? "failed"}</p>
            )}
          </div>
        ))}
      </section>
      <Add onAdd={(score) => add.mutateAsync(score)} busy={add.isPending} />
      {(add.error ?? remove.error) && (
        <p className={classes.failedText} role="alert">
          {(add.error ?? remove.error)?.message}
        </p>
      )}
    </>
  );
}

function merged(own: Score[], whole: Score[]): Score[] {
  const all = new Map([...own, ...whole].map((score) => [score.id, score]));
  return [...all.values()].sort((a, b) => (a.created_at ?? "").localeCompare(b.created_at ?? ""));
}

interface AddProps {
  onAdd: (score: NewScore) => Promise<unknown>;
  busy: boolean;
}

function Add({ onAdd, busy }: AddProps) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [comment, setComment] = useState("");
  const number = Number(value.replace(",", "."));
  const ready = name.trim() !== "" && value.trim() !== "" && Number.isFinite(number);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!ready) return;
    await onAdd({ name: name.trim(), value: number, comment: comment.trim() || undefined });
    setName("");
    setValue("");
    setComment("");
  }
  const thumb = (up: boolean) =>
    onAdd({ name: "helpful", value: up ? 1 : 0, comment: comment.trim() || undefined });

  return (
    <section className={classes.section}>
      <div className={classes.sectionHead}>
        <h3 className={classes.sectionTitle}>Add a score</h3>
        <Button
          small
          icon={ThumbsUp}
          disabled={busy}
          onClick={() => thumb(true)}
          aria-label="Thumb up"
        />
        <Button
          small
          icon={ThumbsDown}
          disabled={busy}
          onClick={() => thumb(false)}
          aria-label="Thumb down"
        />
      </div>
      <form className={classes.addScore} onSubmit={submit}>
        <input
          className={classes.search}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          placeholder="Name, e.g. correctness"
          aria-label="Name of the score"
        />
        <input
          className={classes.search}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          placeholder="Value"
          inputMode="decimal"
          aria-label="Value of the score"
        />
        <input
          className={classes.search}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
          placeholder="Comment"
          aria-label="Comment"
        />
        <Button type="submit" disabled={!ready || busy}>
          Add
        </Button>
      </form>
    </section>
  );
}
