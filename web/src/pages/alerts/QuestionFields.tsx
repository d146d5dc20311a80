import { useId } from "react";
import { Choice, Field } from "../../parts/Field";
import field from "../../parts/field.module.css";
import form from "../../parts/form.module.css";
import { ProjectFilter, useMatching } from "../evaluators/ProjectFilter";
import { USUAL } from "../monitor/dashboards/model";
import { measureName } from "../monitor/dashboards/panelData";
import { SplitMenu } from "../monitor/SplitMenu";
import type { Wrong } from "./AlertForm";
import classes from "./alerts.module.css";
import { type AlertDraft, splitOf, WINDOWS } from "./draft";
import { type Scope, windowName } from "./measures";

const SCOPES: { value: Scope; label: string }[] = [
  { value: "traces", label: "Traces" },
  { value: "spans", label: "Spans" },
  { value: "sessions", label: "Sessions" },
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
          onChange={(next) => onChange({ scope: next as Scope, filter: "", groupBy: "" })}
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
        {USUAL[scope].map((one) => (
          <option key={one} value={one}>
            {measureName(one)}
          </option>
        ))}
      </datalist>
      <ProjectFilter
        key={scope}
        project={project}
        unit={UNITS[scope]}
        filter={draft.filter}
        onChange={(filter) => onChange({ filter })}
      />
      <SplitField project={project} draft={draft} wrong={wrong} onChange={onChange} />
    </>
  );
}

/** Each value of a field is watched for itself. */
function SplitField({ project, draft, wrong, onChange }: Props) {
  const { scope, groupBy, filter } = draft;
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
