import { useQuery } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { get } from "../../api/client";
import type { components } from "../../api/openapi";
import type { Page } from "../../api/types";
import { Button } from "../../parts/Button";
import type { Score } from "../model";
import classes from "./panel.module.css";
import own from "./scores.module.css";

type Config = components["schemas"]["FeedbackConfigOut"];

export interface GivenScore {
  name: string;
  value: number | null;
  label?: string;
  comment?: string;
}

interface Props {
  /** The score to change; without one a new score is asked for. */
  score?: Score;
  /** Names that scores of this trace have already. */
  names: readonly string[];
  busy: boolean;
  onSave: (score: GivenScore) => Promise<unknown>;
  onCancel?: () => void;
}

/** Asks for a score: one of the values that its key allows, or any number, and a comment. */
export function ScoreForm({ score, names, busy, onSave, onCancel }: Props) {
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(score?.name ?? "");
  const [value, setValue] = useState(score?.value == null ? "" : String(score.value));
  const [comment, setComment] = useState(score?.comment ?? "");
  const configs = useConfigs();
  const config = configs.find((one) => one.name === name.trim())?.config;
  const categories = config?.type === "categorical" ? (config.categories ?? []) : [];
  const number = value.trim() === "" ? null : Number(value.replace(",", "."));
  const isNumber = number !== null && Number.isFinite(number);
  const ready = name.trim() !== "" && (isNumber || (value.trim() === "" && comment.trim() !== ""));
  useEffect(() => {
    if (score) first.current?.focus();
  }, [score]);

  async function save(given: GivenScore) {
    await onSave({ ...given, comment: comment.trim() || undefined });
    if (score) return;
    setName("");
    setValue("");
    setComment("");
  }
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!ready || busy) return;
    const label = categories.find((one) => one.value === number)?.label;
    await save({ name: name.trim(), value: number, label: label ?? undefined }).catch(() => {});
  }
  const thumb = (up: boolean) => void save({ name: "helpful", value: up ? 1 : 0 }).catch(() => {});
  const known = [...new Set([...names, ...configs.map((one) => one.name)])].sort();

  return (
    <section className={score ? own.changeScore : classes.section}>
      {!score && (
        <div className={classes.sectionHead}>
          <h3 className={classes.sectionTitle}>Give feedback</h3>
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
      )}
      <form
        className={own.addScore}
        onSubmit={submit}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (onCancel) onCancel();
          else (event.target as HTMLElement).blur();
        }}
      >
        <input
          className={classes.search}
          value={name}
          readOnly={score !== undefined}
          onChange={(event) => setName(event.currentTarget.value)}
          placeholder="Name, e.g. correctness"
          aria-label="Name of the score"
          list={id}
          data-feedback={score ? undefined : ""}
        />
        <datalist id={id}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        {categories.length > 0 ? (
          <select
            className={classes.search}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            aria-label="Value of the score"
          >
            <option value="">choose</option>
            {categories.map((one) => (
              <option key={one.value} value={String(one.value)}>
                {one.label ?? one.value}
              </option>
            ))}
          </select>
        ) : (
          <input
            ref={first}
            className={classes.search}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            placeholder={rangeOf(config)}
            inputMode="decimal"
            aria-label="Value of the score"
          />
        )}
        <textarea
          className={`${classes.search} ${own.scoreArea}`}
          rows={comment.includes("\n") || comment.length > 60 ? 3 : 1}
          value={comment}
          dir="auto"
          onChange={(event) => setComment(event.currentTarget.value)}
          onKeyDown={(event) => {
            // a line break with Shift, as in a chat
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
          placeholder="Comment"
          aria-label="Comment"
        />
        <span className={own.scoreButtons}>
          {onCancel && (
            <Button look="quiet" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button type="submit" disabled={!ready || busy}>
            {score ? "Save" : "Add"}
          </Button>
        </span>
      </form>
    </section>
  );
}

/** What keys may say, where somebody has set that. */
function useConfigs(): readonly Config[] {
  const { data } = useQuery({
    queryKey: ["feedback-configs"],
    queryFn: ({ signal }) => get<Page<Config>>("feedback-configs", {}, signal),
    staleTime: 60_000,
  });
  return data?.items ?? [];
}

function rangeOf(config: Config["config"] | undefined): string {
  if (config?.type !== "continuous" || config.min == null || config.max == null) return "Value";
  return `${config.min} to ${config.max}`;
}
