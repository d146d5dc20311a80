import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { send } from "../../api/client";
import { Button } from "../../parts/Button";
import { EmptyState } from "../../parts/states";
import { Messages } from "./Content";
import { typedValue } from "./plain";
import classes from "./prompts.module.css";
import { type Prompt, pathOf, type Rendered, type VersionDetail } from "./queries";

/** The messages of a version, its variables filled in by the server as for any caller. */
export function Try({ prompt, version }: { prompt: Prompt; version: VersionDetail }) {
  const names = version.prompt?.variables ?? [];
  const [values, setValues] = useState<Record<string, string>>({});
  const filling = useMutation({
    mutationFn: () => {
      const given = Object.entries(values).filter(([, text]) => text !== "");
      const variables = Object.fromEntries(given.map(([key, text]) => [key, typedValue(text)]));
      const path = pathOf(prompt.name, `/versions/${version.version}/render`);
      return send<Rendered>("POST", path, { variables });
    },
  });
  if (!version.prompt) {
    return (
      <EmptyState title="Only prompts have variables">
        An agent or a skill is a folder of files.
      </EmptyState>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    filling.mutate();
  };
  return (
    <div className={classes.try}>
      <form className={classes.form} onSubmit={submit}>
        {names.length === 0 && <p className={classes.quiet}>There is nothing to fill in.</p>}
        {names.map((name) => (
          <Value
            key={name}
            name={name}
            value={values[name] ?? ""}
            onChange={(value) => setValues({ ...values, [name]: value })}
          />
        ))}
        {names.length > 0 && (
          <p className={classes.below}>Lists and objects (messages of a placeholder) as JSON.</p>
        )}
        <div className={classes.formActions}>
          <Button type="submit" look="primary" disabled={filling.isPending}>
            Fill in
          </Button>
        </div>
        {filling.error && (
          <p className={classes.problem} role="alert">
            {filling.error.message}
          </p>
        )}
      </form>
      <section className={classes.filled} aria-label="Filled in" aria-live="polite">
        {filling.data ? (
          <Messages messages={filling.data.messages} />
        ) : (
          <p className={classes.quiet}>What a model would be sent appears here.</p>
        )}
      </section>
    </div>
  );
}

interface ValueProps {
  name: string;
  value: string;
  onChange: (value: string) => void;
}

function Value({ name, value, onChange }: ValueProps) {
  const id = useId();
  return (
    <div>
      <label className={classes.fieldLabel} htmlFor={id}>
        <code>{name}</code>
      </label>
      <textarea
        id={id}
        className={classes.area}
        rows={2}
        dir="auto"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}
