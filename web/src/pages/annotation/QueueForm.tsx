import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { get } from "../../api/client";
import type { Page } from "../../api/types";
import { useSaving } from "../../api/useSaving";
import { Area } from "../../parts/Area";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import form from "../../parts/form.module.css";
import { type Draft, type DraftQuestion, draftOf, newQuestion, queueOf } from "./draft";
import { QuestionForm } from "./QuestionForm";
import { type NewQueue, QUEUES, type Queue, type QueueKind } from "./queries";
import classes from "./queueForm.module.css";

interface Props {
  /** The queue to change; without one a new queue is asked for. */
  queue?: Queue;
  word: string;
  onSave: (queue: NewQueue) => Promise<Queue>;
  onSaved?: (queue: Queue) => unknown;
  onCancel?: () => void;
}

const KINDS: readonly { value: QueueKind; label: string }[] = [
  { value: "single", label: "One run at a time" },
  { value: "pairwise", label: "Pairs of runs: which is better?" },
];

/** Name, instructions, questions and rules of a queue. */
export function QueueForm({ queue, word, onSave, onSaved, onCancel }: Props) {
  const [draft, setDraft] = useState(() => draftOf(queue));
  const saving = useSaving(
    async () => onSave(queueOf(draft)),
    QUEUES,
    (saved) => onSaved?.(saved),
  );
  const set = (patch: Partial<Draft>) => {
    saving.reset();
    setDraft({ ...draft, ...patch });
  };
  return (
    <Form
      className={classes.form}
      saving={saving}
      word={word}
      disabled={draft.name.trim() === ""}
      onCancel={onCancel}
      note={
        saving.isSuccess && (
          <span className={classes.saved} role="status">
            Saved
          </span>
        )
      }
    >
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
        rows={4}
        value={draft.instructions}
        onChange={(instructions) => set({ instructions })}
      />
      <Questions
        questions={draft.questions}
        pairs={draft.kind === "pairwise"}
        onChange={(questions) => set({ questions })}
      />
      <div className={form.pair}>
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
        rows={3}
        value={draft.reviewers}
        onChange={(reviewers) => set({ reviewers })}
        help="E-mail addresses, one a line; empty for everybody."
      />
      <Datasets value={draft.datasetId} onChange={(datasetId) => set({ datasetId })} />
    </Form>
  );
}

interface QuestionsProps {
  questions: readonly DraftQuestion[];
  pairs: boolean;
  onChange: (questions: DraftQuestion[]) => void;
}

function Questions({ questions, pairs, onChange }: QuestionsProps) {
  return (
    <fieldset className={classes.questions}>
      <legend>Questions</legend>
      {questions.map((question, at) => (
        <QuestionForm
          key={question.id}
          question={question}
          number={at + 1}
          pairs={pairs}
          onChange={(patch) =>
            onChange(questions.map((one) => (one.id === question.id ? { ...one, ...patch } : one)))
          }
          onRemove={() => onChange(questions.filter((one) => one.id !== question.id))}
        />
      ))}
      <Button small icon={Plus} onClick={() => onChange([...questions, newQuestion()])}>
        Add a question
      </Button>
    </fieldset>
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
