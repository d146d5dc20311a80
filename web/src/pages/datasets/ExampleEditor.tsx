import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { apiUrl, send } from "../../api/client";
import { DATASETS, type Dataset, type Example } from "../../api/evaluation";
import { bytes } from "../../format";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { Field } from "../../parts/Field";
import { JsonField } from "../../parts/JsonField";
import { modKey } from "../../parts/Kbd";
import classes from "./datasets.module.css";
import { SourceLink } from "./SourceLink";
import { type Problems, pretty, problemsOf, readNames, readObject } from "./values";

interface Props {
  dataset: Dataset;
  /** null for a new one. */
  example: Example | null;
  readOnly?: boolean;
  onDone: () => void;
}

/** The parts of an example as JSON; what breaks the dataset's schema is said at its part. */
export function ExampleEditor({ dataset, example, readOnly, onDone }: Props) {
  const queries = useQueryClient();
  const [inputs, setInputs] = useState(example ? pretty(example.inputs) : "{\n  \n}");
  const [outputs, setOutputs] = useState(pretty(example?.outputs ?? null));
  const [metadata, setMetadata] = useState(example ? pretty(example.metadata) : "");
  const [splits, setSplits] = useState((example?.splits ?? ["base"]).join(", "));
  const read = {
    inputs: readObject(inputs),
    outputs: readObject(outputs),
    metadata: readObject(metadata),
  };
  const unreadable = read.inputs.error ?? read.outputs.error ?? read.metadata.error;
  const body = {
    inputs: read.inputs.value ?? {},
    outputs: read.outputs.value,
    metadata: read.metadata.value ?? {},
    splits: readNames(splits),
  };
  const saving = useMutation({
    mutationFn: () =>
      example
        ? send("PATCH", `examples/${encodeURIComponent(example.id)}`, body)
        : send("POST", `datasets/${encodeURIComponent(dataset.id)}/examples`, body),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [DATASETS] });
      onDone();
    },
  });
  const problems: Problems | null = saving.error ? problemsOf(saving.error) : null;
  const wrong = (part: "inputs" | "outputs" | "metadata") => {
    const { error } = read[part];
    if (error) return [error];
    return part === "metadata" ? [] : (problems?.[part] ?? []);
  };
  const typed = (set: (value: string) => void) => (value: string) => {
    if (saving.error) saving.reset();
    set(value);
  };
  function save() {
    if (!readOnly && !unreadable && !saving.isPending) saving.mutate();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      onDone();
    }
  }
  return (
    <form
      aria-label={example ? "Example" : "New example"}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className={classes.editorFields}>
        <JsonField
          label="Inputs"
          value={inputs}
          onChange={typed(setInputs)}
          errors={wrong("inputs")}
        />
        <JsonField
          label="Outputs"
          value={outputs}
          onChange={typed(setOutputs)}
          errors={wrong("outputs")}
          placeholder="Empty: unknown"
        />
        <JsonField
          label="Metadata"
          value={metadata}
          onChange={typed(setMetadata)}
          errors={wrong("metadata")}
          rows={3}
        />
        <div>
          <Field
            label="Splits"
            value={splits}
            onChange={typed(setSplits)}
            help="Names with commas between them."
          />
          {example && Object.keys(example.attachments).length > 0 && (
            <ul aria-label="Attachments">
              {Object.entries(example.attachments).map(([name, file]) => (
                <li key={name}>
                  <a
                    href={apiUrl(
                      `examples/${encodeURIComponent(example.id)}/attachments/${encodeURIComponent(name)}`,
                    )}
                    target="_blank"
                    rel="noreferrer"
                  >
                    {name}
                  </a>{" "}
                  <span className={classes.quiet}>
                    {file.mime_type}, {bytes(file.bytes)}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
      <div className={classes.formActions}>
        {!readOnly && (
          <Button
            type="submit"
            look="primary"
            disabled={!!unreadable || saving.isPending}
            title={`${example ? "Save" : "Add"}  ${modKey("⏎")}`}
          >
            {example ? "Save" : "Add example"}
          </Button>
        )}
        <Button look="quiet" onClick={onDone}>
          {readOnly ? "Close" : "Cancel"}
        </Button>
        {problems && problems.other.length > 0 && (
          <span className={classes.problem} role="alert">
            {problems.other.join("; ")}
          </span>
        )}
        <span className={classes.spread} />
        {example?.source && <SourceLink source={example.source} />}
        {example && (
          <>
            <code className={`${classes.quiet} ${classes.wideOnly}`}>{example.id}</code>
            <CopyButton text={example.id} label="Copy example id" />
          </>
        )}
      </div>
    </form>
  );
}
