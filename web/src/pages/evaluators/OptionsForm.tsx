import { useState } from "react";
import { Choice, Field } from "../../parts/Field";
import { Tick } from "../../parts/Tick";
import classes from "./form.module.css";
import { kindOf, readOption, typedOption, withOption, withoutNull } from "./options";
import type { Schema } from "./queries";

interface Props {
  schema: Schema;
  values: Record<string, unknown>;
  onChange: (values: Record<string, unknown>) => void;
}

/** The options of a built-in evaluator, one field each. */
export function OptionsForm({ schema, values, onChange }: Props) {
  const options = Object.entries(schema.properties ?? {});
  if (options.length === 0) return <p className={classes.quiet}>It has no options.</p>;
  return (
    <div className={classes.options}>
      {options.map(([name, option]) => (
        <Option
          key={name}
          name={name}
          schema={option}
          required={schema.required?.includes(name) ?? false}
          value={values[name]}
          onChange={(value) => onChange(withOption(values, name, value))}
        />
      ))}
    </div>
  );
}

interface OptionProps {
  name: string;
  schema: Schema;
  required: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
}

function Option({ name, schema, required, value, onChange }: OptionProps) {
  const label = required ? `${name} (needed)` : name;
  const usual = schema.default === undefined ? "" : typedOption(schema.default);
  // What is half typed ("0.") is no number yet: the text is kept as it is.
  const [typed, setTyped] = useState(typedOption(value));
  const kind = kindOf(schema);
  if (kind === "boolean")
    return (
      <Tick
        label={label}
        help={schema.description}
        checked={typeof value === "boolean" ? value : schema.default === true}
        onChange={onChange}
      />
    );
  if (kind === "choice") {
    const choices = (withoutNull(schema).enum ?? []).map(typedOption);
    const none = { value: "", label: usual ? `as usual (${usual})` : "as usual" };
    return (
      <Choice
        label={label}
        help={schema.description}
        value={typedOption(value)}
        options={[none, ...choices.map((one) => ({ value: one, label: one }))]}
        onChange={(next) => onChange(readOption(next, schema))}
      />
    );
  }
  return (
    <Field
      label={label}
      help={schema.description ?? (kind === "json" ? "As JSON" : undefined)}
      value={typed}
      placeholder={usual}
      mono={kind === "json"}
      inputMode={kind === "number" ? "decimal" : undefined}
      required={required}
      onChange={(next) => {
        setTyped(next);
        onChange(readOption(next, schema));
      }}
    />
  );
}
