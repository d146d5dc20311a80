import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import { Area } from "../../parts/Area";
import { Form } from "../../parts/Form";
import field from "../../parts/field.module.css";
import { EmptyState } from "../../parts/states";
import { Messages } from "./Content";
import classes from "./content.module.css";
import { typedValue } from "./plain";
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
  return (
    <div className={classes.try}>
      <Form className={classes.form} saving={filling} word="Fill in">
        {names.length === 0 && <p className={classes.quiet}>There is nothing to fill in.</p>}
        {names.map((name) => (
          <Area
            key={name}
            label={<code>{name}</code>}
            rows={2}
            value={values[name] ?? ""}
            onChange={(value) => setValues({ ...values, [name]: value })}
          />
        ))}
        {names.length > 0 && (
          <p className={field.below}>Lists and objects (messages of a placeholder) as JSON.</p>
        )}
      </Form>
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
