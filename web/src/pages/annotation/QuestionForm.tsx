import { Trash2 } from "lucide-react";
import { Area } from "../../parts/Area";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import form from "../../parts/form.module.css";
import { Tick } from "../../parts/Tick";
import type { DraftQuestion, Scale } from "./draft";
import classes from "./queueForm.module.css";

const SCALES: readonly { value: Scale; label: string }[] = [
  { value: "categories", label: "One of some answers" },
  { value: "numbers", label: "A number" },
];

interface Props {
  question: DraftQuestion;
  number: number;
  pairs: boolean;
  onChange: (patch: Partial<DraftQuestion>) => void;
  onRemove: () => void;
}

/** One question of a queue, and what may be answered. */
export function QuestionForm({ question, number, pairs, onChange, onRemove }: Props) {
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
          rows={3}
        />
      )}
      {!pairs && question.scale === "numbers" && (
        <div className={form.pair}>
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
      <Tick
        label="must be answered"
        checked={question.required}
        onChange={(required) => onChange({ required })}
      />
    </div>
  );
}
