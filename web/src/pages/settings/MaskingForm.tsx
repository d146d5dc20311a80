import { Checkbox } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, send } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page } from "../../api/types";
import { Button } from "../../parts/Button";
import { ErrorState } from "../../parts/states";
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
  const [wrong, setWrong] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const queries = useQueryClient();
  const builtins = useQuery({
    queryKey: ["masking-builtins"],
    queryFn: ({ signal }) => get<Page<Builtin>>("masking/builtins", {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const dirty = changed(draft, rules);

  async function save() {
    setSaving(true);
    setWrong(null);
    try {
      await send("PATCH", `projects/${encodeURIComponent(project)}`, {
        masking: rulesOf(draft, rules),
      });
      await queries.invalidateQueries({ queryKey: keys.projects() });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
    setSaving(false);
  }

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
        <div className={classes.ticks}>
          {builtins.data?.items.map(({ name, sentence }) => (
            <Checkbox
              key={name}
              size="xs"
              label={readable(name)}
              description={sentence}
              checked={draft.builtins.includes(name)}
              onChange={(event) => tick(name, event.currentTarget.checked)}
            />
          ))}
        </div>
      </section>
      <OwnRules rules={draft.own} onChange={(own) => setDraft({ ...draft, own })} />
      <MaskingTrial rules={rulesOf(draft, rules)} />
      {wrong && (
        <p className={classes.wrong} role="alert">
          {wrong}
        </p>
      )}
      <div className={classes.saveLine}>
        <Button look="primary" disabled={!dirty || saving} onClick={save}>
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

/** `private_keys` as "Private keys". */
function readable(name: string): string {
  const words = name.replaceAll("_", " ").replace(/^(ips|jwts)$/, (short) => SHORT[short] ?? short);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const SHORT: Record<string, string> = { ips: "IP addresses", jwts: "JSON web tokens" };
