import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { DefinitionForm } from "./DefinitionForm";
import { type Draft, definitionOf, draftOf, EMPTY, problemOf } from "./definition";
import classes from "./form.module.css";
import { EVALUATORS, type Evaluator, evaluatorPath } from "./queries";
import { TestPanel } from "./TestPanel";

interface Props {
  project: string;
  /** The evaluator to change; without one a new one is made. */
  evaluator?: Evaluator;
  onSaved: (evaluator: Evaluator) => void;
}

/** What an evaluator is made of left, how it does on recorded spans right. */
export function Editor({ project, evaluator, onSaved }: Props) {
  const [draft, setDraft] = useState<Draft>(() => (evaluator ? draftOf(evaluator) : EMPTY));
  const cache = useQueryClient();
  const change = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }));
  const saving = useMutation({
    mutationFn: () => {
      const body = {
        name: draft.name.trim(),
        description: draft.description.trim(),
        definition: definitionOf(draft),
      };
      return evaluator
        ? send<Evaluator>("PATCH", evaluatorPath(evaluator.id), body)
        : send<Evaluator>("POST", "evaluators", { project, kind: draft.kind, ...body });
    },
    onSuccess: async (saved) => {
      await cache.invalidateQueries({ queryKey: EVALUATORS });
      onSaved(saved);
    },
  });
  const problem = draft.name.trim() ? problemOf(draft) : "Give it a name.";
  return (
    <div className={classes.editor}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!problem && !saving.isPending) saving.mutate();
        }}
      >
        <div className={classes.pair}>
          <Field
            label="Name"
            value={draft.name}
            onChange={(name) => change({ name })}
            help="Its scores carry this name."
            maxLength={200}
            autoComplete="off"
            dir="auto"
          />
          <Field
            label="What it checks"
            value={draft.description}
            onChange={(description) => change({ description })}
            maxLength={1000}
            autoComplete="off"
            dir="auto"
          />
        </div>
        <DefinitionForm draft={draft} onChange={change} fixed={evaluator !== undefined} />
        {saving.error && (
          <p className={classes.problem} role="alert">
            {saving.error.message}
          </p>
        )}
        <div className={classes.save}>
          <Button type="submit" look="primary" disabled={problem !== null || saving.isPending}>
            {evaluator ? `Save as version ${evaluator.version + 1}` : "Create"}
          </Button>
          {problem && <span className={classes.quiet}>{problem}</span>}
        </div>
      </form>
      <TestPanel project={project} draft={draft} />
    </div>
  );
}
