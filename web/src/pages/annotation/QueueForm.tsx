import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { get } from "../../api/client";
import type { Page } from "../../api/types";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import classes from "./annotation.module.css";
import { type Draft, type DraftQuestion, draftOf, newQuestion, queueOf, type Scale } from "./draft";
import type { NewQueue, Queue, QueueKind } from "./queries";

interface Props {
  /** The queue to change; without one a new queue is asked for. */
  queue?: Queue;
  word: string;
  onSave: (queue: NewQueue) => Promise<unknown>;
  onCancel?: () => void;
}

const KINDS: readonly { value: QueueKind; label: string }[] = [
  { value: "single", label: "One run at a time" },
  { value: "pairwise", label: "Pairs of runs: which is better?" },
];
const SCALES: readonly { value: Scale; label: string }[] = [
  { value: "categories", label: "One of some answers" },
  { value: "numbers", label: "A number" },
];

/** Name, instructions, questions and rules of a queue. */
export function QueueForm({ queue, word, onSave, onCancel }: Props) {
  const [draft, setDraft] = useState(() => draftOf(queue));
  const [wrong, setWrong] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);
  const [busy, setBusy] = useState(false);
  const set = (patch: Partial<Draft>) => {
    setWrong(null);
    setSaved(false);
    setDraft({ ...draft, ...patch });
  };
  const pairs = draft.kind === "pairwise";

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      await onSave(queueOf(draft));
      setSaved(true);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className={classes.form} onSubmit={submit}>
      <Field
        label="Name"
        value={draft.name}
        onChange={(name) => set({ name })}
        maxLength={200}
        data-autofocus
        required
      />
      {!queue && (
        <Choice
          label="Items"
          value={draft.kind}
          options={KINDS}
          onChange={(kind) => set({ kind: kind as QueueKind })}
        />
      )}
      <Field
        label="What it is for"
        value={draft.description}
        onChange={(description) => set({ description })}
      />
      <Area
        label="Instructions for reviewers"
        value={draft.instructions}
        onChange={(instructions) => set({ instructions })}
      />
      <fieldset className={classes.questions}>
        <legend>Questions</legend>
        {draft.questions.map((question, at) => (
          <QuestionForm
            key={question.id}
            question={question}
            number={at + 1}
            pairs={pairs}
            onChange={(patch) =>
              set({
                questions: draft.questions.map((one) =>
                  one.id === question.id ? { ...one, ...patch } : one,
                ),
              })
            }
            onRemove={() =>
              set({ questions: draft.questions.filter((one) => one.id !== question.id) })
            }
          />
        ))}
        <Button
          small
          icon={Plus}
          onClick={() => set({ questions: [...draft.questions, newQuestion()] })}
        >
          Add a question
        </Button>
      </fieldset>
      <div className={classes.pairOfFields}>
        <Field
          label="Reviews for each item"
          value={draft.reviewersPerItem}
          onChange={(reviewersPerItem) => set({ reviewersPerItem })}
          inputMode="numeric"
          help="So many people finish an item."
        />
        <Field
          label="Minutes held"
          value={draft.reservationMinutes}
          onChange={(reservationMinutes) => set({ reservationMinutes })}
          inputMode="numeric"
          help="So long nobody else gets an item that is open."
        />
      </div>
      <Area
        label="Reviewers"
        value={draft.reviewers}
        onChange={(reviewers) => set({ reviewers })}
        help="E-mail addresses, one a line; empty for everybody."
        low
      />
      <Datasets value={draft.datasetId} onChange={(datasetId) => set({ datasetId })} />
      {wrong && (
        <p className={classes.problem} role="alert">
          {wrong}
        </p>
      )}
      <div className={classes.formActions}>
        {saved && (
          <span className={classes.saved} role="status">
            Saved
          </span>
        )}
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" look="primary" disabled={busy || draft.name.trim() === ""}>
          {word}
        </Button>
      </div>
    </form>
  );
}

interface QuestionProps {
  question: DraftQuestion;
  number: number;
  pairs: boolean;
  onChange: (patch: Partial<DraftQuestion>) => void;
  onRemove: () => void;
}

function QuestionForm({ question, number, pairs, onChange, onRemove }: QuestionProps) {
  const id = useId();
  return (
    <div className={classes.question}>
      <div className={classes.questionHead}>
        <Field
          label={`Score ${number}`}
          value={question.key}
          onChange={(key) => onChange({ key })}
          placeholder="correctness"
          maxLength={200}
        />
        <Button
          look="quiet"
          icon={Trash2}
          onClick={onRemove}
          aria-label={`Remove question ${number}`}
          title="Remove"
        />
      </div>
      <Field
        label="Question"
        value={question.description}
        onChange={(description) => onChange({ description })}
        placeholder={pairs ? "Which answer is more correct?" : "Is the answer correct?"}
      />
      {!pairs && (
        <Choice
          label="Answer"
          value={question.scale}
          options={SCALES}
          onChange={(scale) => onChange({ scale: scale as Scale })}
        />
      )}
      {!pairs && question.scale === "categories" && (
        <Area
          label="Answers to choose from"
          value={question.categories}
          onChange={(categories) => onChange({ categories })}
          help="One a line, its value in front: “1 good”. The digits 1 to 9 choose them in this order."
          low
        />
      )}
      {!pairs && question.scale === "numbers" && (
        <div className={classes.pairOfFields}>
          <Field
            label="From"
            value={question.min}
            onChange={(min) => onChange({ min })}
            inputMode="decimal"
          />
          <Field
            label="To"
            value={question.max}
            onChange={(max) => onChange({ max })}
            inputMode="decimal"
          />
        </div>
      )}
      <label className={classes.tick} htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          checked={question.required}
          onChange={(event) => onChange({ required: event.currentTarget.checked })}
        />
        must be answered
      </label>
    </div>
  );
}

interface AreaProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: string;
  low?: boolean;
}

function Area({ label, value, onChange, help, low }: AreaProps) {
  const id = useId();
  return (
    <div>
      <label className={classes.label} htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        className={classes.area}
        rows={low ? 3 : 4}
        value={value}
        dir="auto"
        onChange={(event) => onChange(event.currentTarget.value)}
        aria-describedby={help ? `${id}-below` : undefined}
      />
      {help && (
        <p id={`${id}-below`} className={classes.below}>
          {help}
        </p>
      )}
    </div>
  );
}

/** The dataset into which reviewed runs can be put; nothing where there is none. */
function Datasets({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { data } = useQuery({
    queryKey: ["queue-datasets"],
    queryFn: ({ signal }) =>
      get<Page<{ id: string; name: string }>>("datasets", { limit: 1000 }, signal),
  });
  const known = data?.items ?? [];
  if (known.length === 0 && !value) return null;
  const options = [
    { value: "", label: "None" },
    ...known.map(({ id, name }) => ({ value: id, label: name })),
  ];
  if (value && !known.some((one) => one.id === value)) options.push({ value, label: value });
  return (
    <Choice
      label="Dataset for good runs"
      value={value}
      options={options}
      onChange={onChange}
      help="Reviewed runs can be put there as examples."
    />
  );
}
