import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { Choice, Field } from "../../parts/Field";
import field from "../../parts/field.module.css";
import { JsonField } from "../../parts/JsonField";
import { ModelField } from "../evaluators/ModelField";
import { labelsQuery, promptsQuery, versionsQuery } from "../prompts/queries";
import classes from "./run.module.css";
import { type Draft, type Problems, TARGETS } from "./runForm";

interface Props {
  draft: Draft;
  problems: Problems;
  onChange: (change: Partial<Draft>) => void;
}

const WORDS: Record<Draft["target"], string> = {
  prompt: "A prompt and a model",
  http: "An HTTP endpoint",
};

/** What answers the examples: a prompt with a model, or an application over HTTP. */
export function TargetFields({ draft, problems, onChange }: Props) {
  return (
    <>
      <div className={classes.targets} role="radiogroup" aria-label="What runs">
        {TARGETS.map((one) => (
          <label key={one} data-chosen={draft.target === one || undefined}>
            <input
              type="radio"
              name="target"
              checked={draft.target === one}
              onChange={() => onChange({ target: one })}
            />
            {WORDS[one]}
          </label>
        ))}
      </div>
      {draft.target === "prompt" ? (
        <PromptFields draft={draft} problems={problems} onChange={onChange} />
      ) : (
        <EndpointFields draft={draft} problems={problems} onChange={onChange} />
      )}
    </>
  );
}

function PromptFields({ draft, problems, onChange }: Props) {
  const prompts = useInfiniteQuery(promptsQuery({}));
  const enabled = !!draft.prompt;
  const versions = useInfiniteQuery({ ...versionsQuery(draft.prompt), enabled });
  const labels = useQuery({ ...labelsQuery(draft.prompt), enabled });
  const names = prompts.data?.pages.flatMap((page) => page.items.map((one) => one.name)) ?? [];
  if (draft.prompt && !names.includes(draft.prompt)) names.unshift(draft.prompt);
  return (
    <>
      <div className={classes.row}>
        <Choice
          label="Prompt"
          value={draft.prompt}
          options={[
            { value: "", label: "Choose a prompt" },
            ...names.map((name) => ({ value: name, label: name })),
          ]}
          onChange={(prompt) => onChange({ prompt, which: "" })}
          error={problems.prompt}
          help={
            prompts.data && names.length === 0 ? (
              <>
                There is none yet. <Link to="/prompts">Write one</Link>
              </>
            ) : (
              "Filled with the inputs of an example."
            )
          }
        />
        <Choice
          label="Version or label"
          value={draft.which}
          options={[
            { value: "", label: "The newest" },
            ...(labels.data?.items ?? []).map((one) => ({
              value: `label ${one.label}`,
              label: `${one.label} (version ${one.version})`,
            })),
            ...(versions.data?.pages.flatMap((page) => page.items) ?? []).map((one) => ({
              value: `version ${one.version}`,
              label: `version ${one.version}`,
            })),
          ]}
          onChange={(which) => onChange({ which })}
        />
        <div>
          <ModelField
            label="Model"
            model={draft.model}
            problem={problems.model}
            onChange={(model) => onChange({ model })}
          />
        </div>
      </div>
      <JsonField
        label="Parameters"
        value={draft.parameters}
        onChange={(parameters) => onChange({ parameters })}
        errors={problems.parameters ? [problems.parameters] : undefined}
        placeholder={'{"temperature": 0}'}
        rows={2}
      />
    </>
  );
}

function EndpointFields({ draft, problems, onChange }: Props) {
  return (
    <>
      <div className={classes.row}>
        <Field
          label="Address"
          mono
          value={draft.url}
          placeholder="https://app.example.com/answer"
          onChange={(url) => onChange({ url })}
          error={problems.url}
          help="It is sent a POST with each example"
        />
        <Field
          label="Where the answer is"
          mono
          value={draft.output}
          placeholder="the whole answer"
          onChange={(output) => onChange({ output })}
          help="A path into its JSON, such as choices.0.text"
        />
      </div>
      <div className={classes.row}>
        <JsonField
          label="Body"
          value={draft.body}
          placeholder={'{"question": "{{inputs.question}}"}'}
          help="JSON with {{inputs}}, {{inputs.question}}, {{metadata.k}}; left empty, the inputs are sent"
          errors={problems.body ? [problems.body] : undefined}
          rows={4}
          onChange={(body) => onChange({ body })}
        />
        <Lines
          label="Headers"
          value={draft.headers}
          placeholder="Authorization: Bearer …"
          help="One a line"
          error={problems.headers}
          onChange={(headers) => onChange({ headers })}
        />
      </div>
    </>
  );
}

interface LinesProps {
  label: string;
  value: string;
  placeholder: string;
  help: string;
  error?: string;
  onChange: (value: string) => void;
}

function Lines({ label, value, placeholder, help, error, onChange }: LinesProps) {
  const id = useId();
  return (
    <div className={field.field}>
      <label className={field.label} htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        className={field.area}
        rows={4}
        value={value}
        placeholder={placeholder}
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-below`}
      />
      <p id={`${id}-below`} className={field.below} data-error={error ? true : undefined}>
        {error ?? help}
      </p>
    </div>
  );
}
