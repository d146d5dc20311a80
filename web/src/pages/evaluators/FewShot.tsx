import { Plus, X } from "lucide-react";
import { changedAt, keyOf } from "../../keyOf";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Field";
import field from "../../parts/field.module.css";
import { type Draft, variablesOf, verdictField } from "./definition";
import classes from "./form.module.css";

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

/** Verdicts that the judge is shown before it gives its own. */
export function FewShot({ draft, onChange }: Props) {
  const { fewShot } = draft;
  const variables = variablesOf(draft.prompt);
  const verdict = verdictField(draft.output);
  const set = (at: number, name: string, value: string) =>
    onChange({ fewShot: changedAt(fewShot, at, { [name]: value }) });
  return (
    <fieldset className={classes.group}>
      <legend className={field.label}>Examples with their verdicts</legend>
      {fewShot.length === 0 && (
        <p className={field.below}>None. Two or three of those that judges get wrong help most.</p>
      )}
      {fewShot.map((example, at) => (
        <section key={keyOf(example)} className={classes.example} aria-label={`Example ${at + 1}`}>
          <div className={classes.exampleHead}>
            <b>Example {at + 1}</b>
            <Button
              small
              look="quiet"
              icon={X}
              aria-label={`Remove example ${at + 1}`}
              onClick={() => onChange({ fewShot: fewShot.filter((_, n) => n !== at) })}
            />
          </div>
          {[...variables, "explanation"].map((name) => (
            <label key={name} className={classes.exampleField}>
              <span>{name === "explanation" ? "reasons" : name}</span>
              <textarea
                rows={2}
                className={field.text}
                dir="auto"
                value={example[name] ?? ""}
                onChange={(event) => set(at, name, event.currentTarget.value)}
              />
            </label>
          ))}
          <Given
            draft={draft}
            value={example[verdict] ?? ""}
            onChange={(value) => set(at, verdict, value)}
          />
        </section>
      ))}
      <Button small icon={Plus} onClick={() => onChange({ fewShot: [...fewShot, {}] })}>
        Add an example
      </Button>
    </fieldset>
  );
}

interface GivenProps {
  draft: Draft;
  value: string;
  onChange: (value: string) => void;
}

/** The verdict of an example, as the judge is to give it. */
function Given({ draft, value, onChange }: GivenProps) {
  if (draft.output === "continuous")
    return (
      <label className={classes.exampleField}>
        <span>verdict</span>
        <input
          className={`${field.input} num`}
          inputMode="decimal"
          placeholder="0 to 1"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </label>
    );
  const labels =
    draft.output === "boolean" ? ["true", "false"] : draft.choices.map((one) => one.label);
  const options = ["", ...labels.filter(Boolean)];
  return (
    <div className={classes.exampleVerdict}>
      <Choice
        label="verdict"
        value={value}
        options={options.map((label) => ({ value: label, label: label || "choose" }))}
        onChange={onChange}
      />
    </div>
  );
}
