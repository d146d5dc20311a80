import { useId } from "react";
import field from "../../parts/field.module.css";
import classes from "./form.module.css";

/** What a span, a trace or a session has to be read; a session lacks some of them. */
export const READABLE: readonly string[] = [
  ...["inputs", "outputs", "messages", "contexts", "tool_calls", "metadata", "tags", "turns"],
  ...["name", "kind", "status", "error", "model", "latency_ms", "cost", "tokens"],
];

interface Props {
  fields: readonly string[];
  mapping: Record<string, string>;
  onChange: (mapping: Record<string, string>) => void;
}

/** Which part of a span each field of the evaluator is read from. */
export function Mapping({ fields, mapping, onChange }: Props) {
  const id = useId();
  if (fields.length === 0) return null;
  return (
    <fieldset className={classes.group}>
      <legend className={field.label}>Where it reads from</legend>
      {fields.map((name) => (
        <label key={name} className={classes.mapped}>
          <code>{name}</code>
          <input
            className={field.input}
            data-mono
            list={id}
            value={mapping[name] ?? ""}
            placeholder={READABLE.includes(name) ? name : "choose a field"}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => onChange({ ...mapping, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <datalist id={id}>
        {READABLE.map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
      <p className={field.below}>
        A field, or a path into one: <code>outputs.answer</code>, <code>metadata.context</code>.
        Empty is the field of the same name.
      </p>
    </fieldset>
  );
}
