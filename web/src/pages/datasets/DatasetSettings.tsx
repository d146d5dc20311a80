import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAddress } from "../../address";
import { send } from "../../api/client";
import { DATASETS, type Dataset, violationsQuery } from "../../api/evaluation";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { JsonField } from "../../parts/JsonField";
import classes from "./datasets.module.css";
import { pretty, readObject } from "./values";

/** Name, description and schema of a dataset, and which examples break the schema as it is. */
export function DatasetSettings({ dataset }: { dataset: Dataset }) {
  const queries = useQueryClient();
  const [name, setName] = useState(dataset.name);
  const [description, setDescription] = useState(dataset.description);
  const [inputs, setInputs] = useState(pretty(dataset.inputs_schema));
  const [outputs, setOutputs] = useState(pretty(dataset.outputs_schema));
  const inputsSchema = readObject(inputs);
  const outputsSchema = readObject(outputs);
  const broken = inputsSchema.error ?? outputsSchema.error;
  const saving = useMutation({
    mutationFn: () =>
      send<Dataset>("PATCH", `datasets/${encodeURIComponent(dataset.id)}`, {
        name: name.trim(),
        description,
        inputs_schema: inputsSchema.value,
        outputs_schema: outputsSchema.value,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [DATASETS] }),
  });
  const changed =
    name !== dataset.name ||
    description !== dataset.description ||
    inputs !== pretty(dataset.inputs_schema) ||
    outputs !== pretty(dataset.outputs_schema);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() && !broken && !saving.isPending) saving.mutate();
  }
  return (
    <form className={classes.schemaPage} onSubmit={submit}>
      <Field label="Name" value={name} onChange={setName} maxLength={500} />
      <Field label="Description" value={description} onChange={setDescription} />
      <JsonField
        label="Schema of inputs"
        value={inputs}
        onChange={setInputs}
        errors={inputsSchema.error ? [inputsSchema.error] : []}
        help="A JSON Schema. New and changed examples that break it are refused; empty allows all."
      />
      <JsonField
        label="Schema of outputs"
        value={outputs}
        onChange={setOutputs}
        errors={outputsSchema.error ? [outputsSchema.error] : []}
      />
      {(dataset.transformations?.length ?? 0) > 0 && (
        <div>
          <h2 className={classes.sectionTitle}>Transformations</h2>
          <ul>
            {dataset.transformations?.map((one) => (
              <li key={`${one.path.join(".")} ${one.transformation_type}`}>
                <code>{one.path.join(".")}</code> {one.transformation_type}
              </li>
            ))}
          </ul>
        </div>
      )}
      {saving.error && (
        <p className={classes.problem} role="alert">
          {saving.error.message}
        </p>
      )}
      <div className={classes.formActions}>
        <Button
          type="submit"
          look="primary"
          disabled={!changed || !name.trim() || !!broken || saving.isPending}
        >
          Save
        </Button>
      </div>
      {(dataset.inputs_schema || dataset.outputs_schema) && <Violations dataset={dataset} />}
    </form>
  );
}

function Violations({ dataset }: { dataset: Dataset }) {
  const { data, error } = useQuery(violationsQuery(dataset.id));
  const [, change] = useAddress();
  if (error) return <p className={classes.problem}>{error.message}</p>;
  if (!data) return null;
  if (data.items.length === 0)
    return <p className={classes.quiet}>All examples fit the schema as it is saved.</p>;
  return (
    <section>
      <h2 className={classes.sectionTitle}>
        {plural(data.items.length, "place breaks", "places break")} the schema as it is saved
      </h2>
      <ul>
        {data.items.map((one) => (
          <li key={`${one.example_id} ${one.path} ${one.message}`}>
            <Button
              small
              look="quiet"
              onClick={() => change({ tab: undefined, example: one.example_id })}
            >
              #{one.position + 1}
            </Button>
            <code>{one.path}</code> {one.message}
          </li>
        ))}
      </ul>
    </section>
  );
}
