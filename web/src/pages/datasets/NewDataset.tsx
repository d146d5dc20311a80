import { Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { DATASETS, type Dataset } from "../../api/evaluation";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { JsonField } from "../../parts/JsonField";
import classes from "./datasets.module.css";
import { readObject } from "./values";

interface Props {
  opened: boolean;
  onClose: () => void;
  onMade: (dataset: Dataset) => void;
}

/** A form for a new dataset: a name, and if wanted what its examples must look like. */
export function NewDataset({ opened, onClose, onMade }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="New dataset"
      size={520}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {opened && <Form onClose={onClose} onMade={onMade} />}
    </Modal>
  );
}

function Form({ onClose, onMade }: Omit<Props, "opened">) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [schemas, setSchemas] = useState(false);
  const [inputs, setInputs] = useState("");
  const [outputs, setOutputs] = useState("");
  const inputsSchema = readObject(inputs);
  const outputsSchema = readObject(outputs);
  const broken = inputsSchema.error ?? outputsSchema.error;
  const making = useMutation({
    mutationFn: () =>
      send<Dataset>("POST", "datasets", {
        name: name.trim(),
        description,
        inputs_schema: inputsSchema.value,
        outputs_schema: outputsSchema.value,
      }),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: [DATASETS] });
      onMade(made);
    },
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() && !broken && !making.isPending) making.mutate();
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        maxLength={500}
        data-autofocus
        autoComplete="off"
      />
      <Field label="Description" value={description} onChange={setDescription} />
      {schemas ? (
        <>
          <JsonField
            label="Schema of inputs"
            value={inputs}
            onChange={setInputs}
            errors={inputsSchema.error ? [inputsSchema.error] : []}
            placeholder='{ "type": "object", "required": ["question"] }'
            help="A JSON Schema. An example that breaks it is refused."
          />
          <JsonField
            label="Schema of outputs"
            value={outputs}
            onChange={setOutputs}
            errors={outputsSchema.error ? [outputsSchema.error] : []}
          />
        </>
      ) : (
        <div>
          <Button look="quiet" small onClick={() => setSchemas(true)}>
            Hold examples to a schema
          </Button>
        </div>
      )}
      {making.error && (
        <p className={classes.problem} role="alert">
          {making.error.message}
        </p>
      )}
      <div className={classes.formActions}>
        <Button
          type="submit"
          look="primary"
          disabled={!name.trim() || !!broken || making.isPending}
        >
          Create dataset
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
