import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, send } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page } from "../../api/types";
import { useSaving } from "../../api/useSaving";
import { Button } from "../../parts/Button";
import { Problem } from "../../parts/Problem";
import { ErrorState } from "../../parts/states";
import { Tick } from "../../parts/Tick";
import forms from "./forms.module.css";
import { MaskingTrial } from "./MaskingTrial";
import { OwnRules } from "./OwnRules";
import { changed, type Draft, draftOf, type MaskingRule, rulesOf } from "./rules";
import classes from "./settings.module.css";

interface Builtin {
  name: string;
  sentence: string;
}

interface Props {
  project: string;
  rules: readonly MaskingRule[];
}

/** Ticks and patterns, a box to try them on, and one button that keeps them. */
export function MaskingForm({ project, rules }: Props) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(rules));
  const builtins = useQuery({
    queryKey: ["masking-builtins"],
    queryFn: ({ signal }) => get<Page<Builtin>>("masking/builtins", {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const dirty = changed(draft, rules);

  const saving = useSaving(
    () => {
      const path = `projects/${encodeURIComponent(project)}`;
      return send("PATCH", path, { masking: rulesOf(draft, rules) });
    },
    keys.projects(),
    () => {},
  );

  function tick(name: string, on: boolean) {
    const others = draft.builtins.filter((one) => one !== name);
    setDraft({ ...draft, builtins: on ? [...others, name] : others });
  }

  return (
    <>
      <section className={classes.section} aria-labelledby="builtin-title">
        <h3 className={classes.sectionTitle} id="builtin-title">
          Built in
        </h3>
        {builtins.error && <ErrorState error={builtins.error} onRetry={builtins.refetch} />}
        <div className={forms.ticks}>
          {builtins.data?.items.map(({ name, sentence }) => (
            <Tick
              key={name}
              label={capitalised(sentence)}
              help={<code>[{name}]</code>}
              checked={draft.builtins.includes(name)}
              onChange={(on) => tick(name, on)}
            />
          ))}
        </div>
      </section>
      <OwnRules rules={draft.own} onChange={(own) => setDraft({ ...draft, own })} />
      <MaskingTrial rules={rulesOf(draft, rules).filter(isComplete)} />
      <Problem error={saving.error} />
      <div className={forms.saveLine}>
        <Button
          look="primary"
          disabled={!dirty || saving.isPending}
          onClick={() => saving.mutate()}
        >
          Save
        </Button>
        {dirty && (
          <Button look="quiet" onClick={() => setDraft(draftOf(rules))}>
            Discard
          </Button>
        )}
        <span className={classes.help} aria-live="polite">
          {dirty
            ? "Not saved yet."
            : "Counts for what arrives from now on; what is stored already stays as it is."}
        </span>
      </div>
    </>
  );
}

/** A rule that is still being written is not tried yet. */
function isComplete(rule: MaskingRule): boolean {
  return rule.builtin !== undefined || (rule.name !== "" && (rule.pattern ?? "") !== "");
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
