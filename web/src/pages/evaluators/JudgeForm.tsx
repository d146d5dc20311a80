import { Plus, X } from "lucide-react";
import { useRef } from "react";
import { changedAt, keyOf } from "../../keyOf";
import { Area } from "../../parts/Area";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Field";
import field from "../../parts/field.module.css";
import { type Draft, type Output, variablesOf } from "./definition";
import { FewShot } from "./FewShot";
import classes from "./form.module.css";
import { ModelField } from "./ModelField";

const OUTPUTS: { value: Output; label: string }[] = [
  { value: "boolean", label: "Yes or no: 1 or 0" },
  { value: "continuous", label: "A number from 0 to 1" },
  { value: "choices", label: "One of several choices" },
];

/** What a prompt can read of a span; any other name is mapped by the rule that runs it. */
const VARIABLES = [
  { name: "inputs", what: "What the span was given" },
  { name: "outputs", what: "What it answered" },
  { name: "messages", what: "The conversation that the model was sent, with its answer" },
  { name: "contexts", what: "The documents that were retrieved" },
  { name: "tool_calls", what: "The tools that were called, with their arguments" },
  { name: "metadata", what: "What was recorded beside it" },
  { name: "reference_outputs", what: "What the example expects; only where there is one" },
];

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

export function JudgeForm({ draft, onChange }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const read = variablesOf(draft.prompt);

  /** Puts a variable where the cursor stands. */
  function insert(name: string) {
    const { current } = area;
    if (!current) return;
    current.focus();
    current.setRangeText(`{${name}}`, current.selectionStart, current.selectionEnd, "end");
    onChange({ prompt: current.value });
  }

  return (
    <>
      <ModelField model={draft.model} onChange={(model) => onChange({ model })} />
      <Area
        ref={area}
        label="Prompt"
        beside={
          <span className={classes.variables} role="group" aria-label="Insert a variable">
            {VARIABLES.map(({ name, what }) => (
              <button
                key={name}
                type="button"
                className={classes.variable}
                title={`${what}. Press to insert.`}
                onClick={() => insert(name)}
              >
                {`{${name}}`}
              </button>
            ))}
          </span>
        }
        rows={Math.min(22, Math.max(9, draft.prompt.split("\n").length + 1))}
        value={draft.prompt}
        onChange={(prompt) => onChange({ prompt })}
        help={
          <>
            {read.length > 0 ? `Reads ${read.join(", ")}. ` : "It reads nothing yet. "}
            The form of the verdict is added by itself; the reasons are asked for before it.
          </>
        }
      />
      <Choice
        label="Verdict"
        value={draft.output}
        options={OUTPUTS}
        onChange={(output) => onChange({ output: output as Output })}
      />
      {draft.output === "choices" && <Choices draft={draft} onChange={onChange} />}
      <FewShot draft={draft} onChange={onChange} />
    </>
  );
}

/** The choices with what each is worth. */
function Choices({ draft, onChange }: Props) {
  const { choices } = draft;
  const change = (at: number, patch: Partial<(typeof choices)[number]>) =>
    onChange({ choices: changedAt(choices, at, patch) });
  return (
    <fieldset className={classes.group}>
      <legend className={field.label}>Choices, and what each is worth</legend>
      {choices.map((choice, at) => (
        <div key={keyOf(choice)} className={classes.choice}>
          <input
            className={field.input}
            aria-label={`Choice ${at + 1}`}
            value={choice.label}
            onChange={(event) => change(at, { label: event.currentTarget.value })}
          />
          <input
            className={`${field.input} num`}
            aria-label={`Score of choice ${at + 1}`}
            inputMode="decimal"
            value={choice.score}
            onChange={(event) => change(at, { score: event.currentTarget.value })}
          />
          <Button
            look="quiet"
            icon={X}
            aria-label={`Remove choice ${at + 1}`}
            disabled={choices.length <= 2}
            onClick={() => onChange({ choices: choices.filter((_, n) => n !== at) })}
          />
        </div>
      ))}
      <Button
        small
        icon={Plus}
        onClick={() => onChange({ choices: [...choices, { label: "", score: "" }] })}
      >
        Add a choice
      </Button>
    </fieldset>
  );
}
