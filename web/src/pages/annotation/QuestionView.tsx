import { MessageSquarePlus } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import field from "../../parts/field.module.css";
import { focusOn } from "../../parts/focus";
import { Kbd } from "../../parts/Kbd";
import { isChosen, type Option, optionsOf, PREFERENCES, takesNumbers } from "./answers";
import classes from "./answers.module.css";
import type { Answer, Question } from "./queries";

interface Props {
  question: Question;
  pairs: boolean;
  answer: Answer | undefined;
  /** The one that the digits answer. */
  here: boolean;
  /** Must be answered, and "done" was pressed without. */
  wanting: boolean;
  onHere: () => void;
  onAnswer: (change: Answer, goOn?: boolean) => void;
}

const LETTERS = { first: "A is better", second: "B is better", tie: "Neither is better" } as const;

/** One question of a rubric: what may be answered, a number, a comment. */
export function QuestionView(props: Props) {
  const { question, pairs, answer, here, wanting, onHere, onAnswer } = props;
  const box = useRef<HTMLFieldSetElement>(null);
  const name = useId();
  const options = pairs ? preferences() : optionsOf(question);
  useEffect(() => {
    if (here) box.current?.scrollIntoView({ block: "nearest" });
  }, [here]);

  return (
    <fieldset
      ref={box}
      className={classes.ask}
      data-question
      data-here={here || undefined}
      data-wanting={wanting || undefined}
      onFocus={onHere}
      onPointerDown={onHere}
    >
      <legend>
        <span className={classes.askKey}>{question.feedback_key}</span>
        {!question.is_required && <span className={classes.optional}>optional</span>}
      </legend>
      {question.description && (
        <p className={classes.askText} dir="auto">
          {question.description}
        </p>
      )}
      {options.length > 0 && (
        <div className={classes.options} data-row={isRow(options) || undefined}>
          {options.map((option) => {
            const chosen = pairs
              ? answer?.preferred === option.answer.preferred
              : isChosen(option, answer);
            return (
              <label
                key={option.label}
                className={classes.option}
                data-chosen={chosen || undefined}
                title={option.hint || undefined}
              >
                <input
                  type="radio"
                  name={name}
                  checked={chosen}
                  onChange={() => onAnswer(option.answer, true)}
                />
                <span className={classes.optionText} dir="auto">
                  {option.label}
                </span>
                {option.hint && !isRow(options) && (
                  <span className={classes.optionHint}>{option.hint}</span>
                )}
                {option.key && here && <Kbd>{option.key}</Kbd>}
              </label>
            );
          })}
        </div>
      )}
      {!pairs && takesNumbers(question) && (
        <NumberField question={question} answer={answer} onAnswer={onAnswer} />
      )}
      <Comment answer={answer} onAnswer={onAnswer} name={question.feedback_key} />
    </fieldset>
  );
}

function preferences(): Option[] {
  return PREFERENCES.map(({ key, preferred }) => ({
    key,
    label: LETTERS[preferred],
    hint: "",
    answer: { preferred },
  }));
}

/** Short answers without explanations stand beside each other. */
function isRow(options: readonly Option[]): boolean {
  return options.every((one) => one.label.length <= 4);
}

interface PartProps {
  answer: Answer | undefined;
  onAnswer: (change: Answer) => void;
}

function NumberField({ question, answer, onAnswer }: PartProps & { question: Question }) {
  const written = answer?.score == null ? "" : String(answer.score);
  const [typed, setTyped] = useState(written);
  useEffect(() => setTyped(written), [written]);
  const { min, max } = question;
  const range =
    min != null && max != null
      ? `${min} to ${max}`
      : min != null
        ? `${min} or more`
        : max != null
          ? `up to ${max}`
          : "any number";
  return (
    <input
      className={classes.number}
      data-field="number"
      inputMode="decimal"
      placeholder={range}
      aria-label={`${question.feedback_key}, ${range}`}
      value={typed}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const number = Number(text.replace(",", "."));
        if (text.trim() === "") onAnswer({ score: null });
        else if (Number.isFinite(number) && /\d$/.test(text.trim())) onAnswer({ score: number });
      }}
      onKeyDown={leaveOnEscape}
    />
  );
}

function Comment({ answer, onAnswer, name }: PartProps & { name: string }) {
  const [opened, setOpened] = useState(false);
  const shown = opened || Boolean(answer?.comment);
  if (!shown) {
    return (
      <button
        type="button"
        className={classes.commentButton}
        data-field="comment"
        onClick={() => setOpened(true)}
      >
        <MessageSquarePlus size={14} strokeWidth={1.75} aria-hidden /> Comment
        <span className="hidden-text"> on {name}</span>
      </button>
    );
  }
  return (
    <textarea
      className={`${field.text} ${classes.comment}`}
      data-field="comment"
      rows={2}
      dir="auto"
      aria-label={`Comment on ${name}`}
      placeholder="Comment"
      ref={opened ? focusOn : undefined}
      value={answer?.comment ?? ""}
      onChange={(event) => onAnswer({ comment: event.currentTarget.value })}
      onKeyDown={leaveOnEscape}
    />
  );
}

/** Back to the keys of the page. */
function leaveOnEscape(event: React.KeyboardEvent<HTMLElement>) {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  event.currentTarget.blur();
}
