import { BuiltinForm } from "./BuiltinForm";
import { CodeForm } from "./CodeForm";
import type { Draft, Kind } from "./definition";
import classes from "./form.module.css";
import { JudgeForm } from "./JudgeForm";
import { KINDS } from "./kinds";

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  /** What kind it is can be chosen only while it is new. */
  fixed?: boolean;
}

/** What an evaluator is made of, by its kind. */
export function DefinitionForm({ draft, onChange, fixed }: Props) {
  return (
    <>
      {!fixed && (
        <div className={classes.kinds} role="radiogroup" aria-label="Kind">
          {Object.entries(KINDS).map(([kind, { name, sentence, icon: Icon }]) => (
            <label
              key={kind}
              className={classes.kind}
              data-chosen={kind === draft.kind || undefined}
            >
              <input
                type="radio"
                name="kind"
                checked={kind === draft.kind}
                onChange={() => onChange({ kind: kind as Kind })}
              />
              <Icon size={15} strokeWidth={1.75} aria-hidden />
              <b>{name}</b>
              <span>{sentence}</span>
            </label>
          ))}
        </div>
      )}
      <FormOfKind draft={draft} onChange={onChange} />
    </>
  );
}

function FormOfKind(props: Omit<Props, "fixed">) {
  switch (props.draft.kind) {
    case "judge":
      return <JudgeForm {...props} />;
    case "builtin":
      return <BuiltinForm {...props} />;
    case "code":
      return <CodeForm {...props} />;
  }
}
