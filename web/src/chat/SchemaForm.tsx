import { Plus, Trash2 } from "lucide-react";
import { changedAt } from "../keyOf";
import { Button } from "../parts/Button";
import { Choice, Field } from "../parts/Field";
import field from "../parts/field.module.css";
import { Labelled } from "../parts/Labelled";
import classes from "./form.module.css";
import { JsonInput } from "./JsonInput";
import type { Schema } from "./page";
import { initial, labelOf, resolved } from "./schema";

interface Props {
  schema: Schema;
  root: Schema;
  value: unknown;
  onChange: (value: unknown) => void;
  name?: string;
  required?: boolean;
}

/** A form for anything that a JSON Schema describes; what it cannot draw is written as JSON. */
export function SchemaForm({ schema, root, value, onChange, name = "", required }: Props) {
  const one = resolved(schema, root);
  const label = `${labelOf(name || "input", one)}${required || !name ? "" : " (optional)"}`;
  const help = one.description;

  if (one.enum)
    return (
      <Choice
        label={label}
        help={help}
        value={value === undefined ? "" : JSON.stringify(value)}
        onChange={(text) => onChange(text ? JSON.parse(text) : undefined)}
        options={[
          { value: "", label: "–" },
          ...one.enum.map((each) => ({ value: JSON.stringify(each), label: String(each) })),
        ]}
      />
    );
  if (one.type === "object" && one.properties)
    return <ObjectForm schema={one} root={root} value={value} onChange={onChange} name={name} />;
  if (one.type === "array" && one.items && isPlain(resolved(one.items, root)))
    return <ListForm schema={one} root={root} value={value} onChange={onChange} name={label} />;
  if (one.type === "boolean")
    return (
      <label className={classes.tick}>
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>
          {label}
          {help && <small>{help}</small>}
        </span>
      </label>
    );
  if (one.type === "integer" || one.type === "number")
    return (
      <Field
        label={label}
        help={help}
        type="number"
        step={one.type === "integer" ? 1 : "any"}
        min={one.minimum}
        max={one.maximum}
        required={required}
        value={value === undefined || value === null ? "" : String(value)}
        onChange={(text) => onChange(text === "" ? undefined : Number(text))}
      />
    );
  if (one.type === "string")
    return (
      <Labelled label={label} below={help}>
        {(control) => (
          <textarea
            {...control}
            className={`${field.input} ${classes.text}`}
            rows={name ? 1 : 3}
            value={typeof value === "string" ? value : ""}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        )}
      </Labelled>
    );
  return <JsonInput label={label} help={help} value={value} onChange={onChange} />;
}

function isPlain(schema: Schema): boolean {
  return ["string", "integer", "number", "boolean"].includes(String(schema.type));
}

function ObjectForm({ schema, root, value, onChange, name }: Props) {
  const values = (value && typeof value === "object" ? value : {}) as Record<string, unknown>;
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([key, inner]) => (
    <SchemaForm
      key={key}
      name={key}
      schema={inner}
      root={root}
      required={required.has(key)}
      value={values[key]}
      onChange={(changed) => onChange({ ...values, [key]: changed })}
    />
  ));
  if (!name) return <div className={classes.fields}>{fields}</div>;
  return (
    <fieldset className={classes.group}>
      <legend>{labelOf(name, schema)}</legend>
      <div className={classes.fields}>{fields}</div>
    </fieldset>
  );
}

function ListForm({ schema, root, value, onChange, name = "" }: Props) {
  const items = (Array.isArray(value) ? value : []).map((one) => ({ one }));
  const inner = schema.items as Schema;
  const put = (list: { one: unknown }[]) => onChange(list.map(({ one }) => one));
  return (
    <fieldset className={classes.group}>
      <legend>{name}</legend>
      {items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: values have no names but their places
        <div key={at} className={classes.item}>
          <SchemaForm
            name={String(at + 1)}
            schema={inner}
            root={root}
            required
            value={item.one}
            onChange={(one) => put(changedAt(items, at, { one }))}
          />
          <Button
            look="quiet"
            icon={Trash2}
            aria-label={`Remove ${at + 1}`}
            onClick={() => put(items.filter((_, other) => other !== at))}
          />
        </div>
      ))}
      <Button
        small
        icon={Plus}
        onClick={() => put([...items, { one: initial(inner, root) ?? "" }])}
      >
        Add one
      </Button>
    </fieldset>
  );
}
