import { useId } from "react";
import { Choice, Field } from "../../parts/Field";
import field from "../../parts/field.module.css";
import form from "../../parts/form.module.css";
import { ProjectFilter, useMatching } from "../evaluators/ProjectFilter";
import { SplitMenu } from "../monitor/SplitMenu";
import type { Wrong } from "./AlertForm";
import classes from "./alerts.module.css";
import { type AlertDraft, NEW_DRAFT, splitOf, WINDOWS } from "./draft";
import { HOST, HostFields } from "./HostFields";
import { nameOf, type Scope, usualOf, windowName } from "./measures";

const SCOPES: { value: Scope; label: string }[] = [
  { value: "traces", label: "Traces" },
  { value: "spans", label: "Spans" },
  { value: "sessions", label: "Sessions" },
  { value: "hosts", label: "Hosts" },
];
const UNITS = { traces: "trace", spans: "span", sessions: "session" } as const;

interface Props {
  project: string;
  draft: AlertDraft;
  wrong: Wrong;
  onChange: (patch: Partial<AlertDraft>) => void;
}

/** What is measured, of what, by what, over how long. */
export function QuestionFields({ project, draft, wrong, onChange }: Props) {
  const list = useId();
  const { scope } = draft;
  return (
    <>
      <div className={form.triple}>
        <Choice
          label="Of"
          value={scope}
          options={SCOPES}
          onChange={(next) => onChange(startOf(next as Scope, scope))}
        />
        <Field
          label="Measure"
          value={draft.measure}
          onChange={(measure) => onChange({ measure })}
          error={wrong("measure")}
          list={list}
          autoComplete="off"
          spellCheck={false}
          mono
        />
        <Choice
          label="In the last"
          value={draft.window}
          options={WINDOWS.map((one) => ({ value: one, label: windowName(one) }))}
          onChange={(next) => onChange({ window: next as AlertDraft["window"] })}
          error={wrong("window")}
        />
      </div>
      <datalist id={list}>
        {usualOf(scope).map((one) => (
          <option key={one} value={one}>
            {nameOf(one)}
          </option>
        ))}
      </datalist>
      {scope === "hosts" ? (
        <HostFields draft={draft} wrong={wrong} onChange={onChange} />
      ) : (
        <>
          <ProjectFilter
            key={scope}
            project={project}
            unit={UNITS[scope]}
            filter={draft.filter}
            onChange={(filter) => onChange({ filter })}
          />
          <SplitField
            project={project}
            draft={draft}
            scope={scope}
            wrong={wrong}
            onChange={onChange}
          />
        </>
      )}
    </>
  );
}

/** What a form begins with where something else is watched: hosts have measures of their own. */
function startOf(next: Scope, before: Scope): Partial<AlertDraft> {
  const start = { scope: next, filter: "", groupBy: "" };
  if (next === "hosts") return { ...start, measure: "cpu", groupBy: HOST };
  return before === "hosts" ? { ...start, measure: NEW_DRAFT.measure } : start;
}

/** Each value of a field is watched for itself. */
function SplitField({
  project,
  draft,
  scope,
  wrong,
  onChange,
}: Props & { scope: Exclude<Scope, "hosts"> }) {
  const { groupBy, filter } = draft;
  const { question } = useMatching(project, UNITS[scope], filter);
  const problem = wrong("groupBy");
  const choose = (chosen: string | undefined) => {
    const next = splitOf(chosen ?? "", "traces");
    onChange({ groupBy: (scope === "spans" ? next?.ofCalls : next?.field) ?? "" });
  };
  return (
    <div className={field.field}>
      <span className={field.label}>Watch each for itself</span>
      <div className={classes.split}>
        <SplitMenu question={question} split={splitOf(groupBy, scope)} onChoose={choose} />
        {groupBy && (
          <label className={classes.groupLimit}>
            the largest
            <input
              className={field.input}
              value={draft.limit}
              onChange={(event) => onChange({ limit: event.currentTarget.value })}
              inputMode="numeric"
              aria-label="Groups at most"
            />
            of them
          </label>
        )}
      </div>
      {problem && (
        <p className={field.below} data-error>
          {problem}
        </p>
      )}
    </div>
  );
}
