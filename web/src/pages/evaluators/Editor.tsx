import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import { itemsOf } from "../../api/pages";
import { useSaving } from "../../api/useSaving";
import { Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import form from "../../parts/form.module.css";
import { DefinitionForm } from "./DefinitionForm";
import { type Draft, definitionOf, draftOf, EMPTY, problemOf } from "./definition";
import classes from "./form.module.css";
import { EVALUATORS, type Evaluator, evaluatorPath, evaluatorsQuery } from "./queries";
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
  const change = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }));
  const name = draft.name.trim();
  const saving = useSaving(
    () => {
      const definition = definitionOf(draft);
      const body = { name, description: draft.description.trim(), definition };
      return evaluator
        ? send<Evaluator>("PATCH", evaluatorPath(evaluator.id), body)
        : send<Evaluator>("POST", "evaluators", { project, kind: draft.kind, ...body });
    },
    EVALUATORS,
    onSaved,
  );
  const { data: known } = useInfiniteQuery(evaluatorsQuery(project));
  const isTaken = itemsOf(known)?.some((one) => one.name === name && one.id !== evaluator?.id);
  return (
    <div className={classes.editor}>
      <Form
        className={classes.form}
        saving={saving}
        word={evaluator ? `Save as version ${evaluator.version + 1}` : "Create"}
        problem={name ? problemOf(draft) : "Give it a name."}
      >
        <div className={form.pair}>
          <Field
            label="Name"
            value={draft.name}
            onChange={(next) => change({ name: next })}
            help="Its scores carry this name."
            error={
              isTaken &&
              `Another evaluator is called “${name}”: their scores could not be told apart.`
            }
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
      </Form>
      <TestPanel project={project} draft={draft} />
    </div>
  );
}
