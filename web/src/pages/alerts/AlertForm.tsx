import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ALERTS, type Alert, alertPath, previewQuery } from "../../api/alerts";
import { send } from "../../api/client";
import { useSaving } from "../../api/useSaving";
import { Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import form from "../../parts/form.module.css";
import editor from "../evaluators/form.module.css";
import { ChannelTicks } from "./ChannelTicks";
import { ConditionFields } from "./ConditionFields";
import { type AlertDraft, askedOf, askProblem, draftProblem, fieldOf } from "./draft";
import { PreviewPanel } from "./PreviewPanel";
import { QuestionFields } from "./QuestionFields";

const TYPING_MS = 500;
const DAYS = 30;

interface Props {
  project: string;
  /** The rule to change; without one a new one is made. */
  rule?: Alert;
  start: AlertDraft;
  onSaved: (rule: Alert) => void;
}

/** What is wrong with a field, as the server says it; nothing for the others. */
export type Wrong = (field: keyof AlertDraft) => string | null;

/** A rule's fields beside what it would have done in the last 30 days. */
export function AlertForm({ project, rule, start, onSaved }: Props) {
  const [draft, setDraft] = useState(start);
  const saving = useSaving(
    () => {
      const kept = { name: draft.name.trim(), channels: [...draft.channels], ...askedOf(draft) };
      return rule
        ? send<Alert>("PATCH", alertPath(rule.id), kept)
        : send<Alert>("POST", "alerts", { project, enabled: true, ...kept });
    },
    ALERTS,
    onSaved,
  );
  const change = (patch: Partial<AlertDraft>) => {
    saving.reset();
    setDraft((before) => ({ ...before, ...patch }));
  };
  const problem = askProblem(draft);
  const [asked] = useDebouncedValue(
    problem ? null : JSON.stringify({ project, days: DAYS, ...askedOf(draft) }),
    TYPING_MS,
  );
  const preview = useQuery({
    ...previewQuery(JSON.parse(asked ?? "{}")),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
  });
  const error = saving.error ?? (problem ? null : preview.error);
  const at = fieldOf(error);
  const wrong: Wrong = (field) => (error && at === field ? error.message : null);
  return (
    <div className={editor.editor}>
      <Form
        className={editor.form}
        saving={saving}
        word={rule ? "Save" : "Create"}
        problem={draftProblem(draft)}
        note={
          rule
            ? "What asks for something else ends its open episodes."
            : "It looks each minute from now on."
        }
        saidAbove={at !== null}
      >
        <Field
          label="Name"
          value={draft.name}
          onChange={(name) => change({ name })}
          error={wrong("name")}
          maxLength={200}
          autoComplete="off"
          dir="auto"
        />
        <QuestionFields project={project} draft={draft} wrong={wrong} onChange={change} />
        <ConditionFields draft={draft} wrong={wrong} onChange={change} />
        <div className={form.pair}>
          <Field
            label="Only after so many minutes"
            value={draft.forMinutes}
            onChange={(forMinutes) => change({ forMinutes })}
            inputMode="numeric"
            placeholder="0"
            help="The bound has to be met so long without a break."
          />
          <Field
            label="Tell again after so many minutes"
            value={draft.remindMinutes}
            onChange={(remindMinutes) => change({ remindMinutes })}
            inputMode="numeric"
            placeholder="never"
            help="While it is still so."
          />
        </div>
        <ChannelTicks
          chosen={draft.channels}
          wrong={wrong("channels")}
          onChange={(channels) => change({ channels })}
        />
      </Form>
      <PreviewPanel
        days={DAYS}
        tried={problem ? undefined : preview.data}
        isOld={preview.isPlaceholderData}
        problem={problem}
        error={problem ? null : preview.error}
        onRetry={() => void preview.refetch()}
      />
    </div>
  );
}
