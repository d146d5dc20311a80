import { useState } from "react";
import { Dialog } from "../../../parts/Dialog";
import { Field } from "../../../parts/Field";
import { Form } from "../../../parts/Form";
import { useMaking } from "./useMaking";

interface Props {
  project: string;
  opened: boolean;
  onClose: () => void;
}

/** Asks for the name of a new dashboard, and opens it to be filled. */
export function NewBoard({ project, opened, onClose }: Props) {
  return (
    <Dialog opened={opened} onClose={onClose} title="New dashboard" size={440}>
      <NameForm project={project} onClose={onClose} />
    </Dialog>
  );
}

function NameForm({ project, onClose }: Omit<Props, "opened">) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const making = useMaking(project, { edit: "1" });
  const made = { name: name.trim(), description: description.trim(), refresh_s: null, panels: [] };
  return (
    <Form
      saving={{ ...making, mutate: () => making.mutate(made, { onSuccess: onClose }) }}
      word="Create dashboard"
      onCancel={onClose}
      disabled={!made.name}
    >
      <Field label="Name" value={name} onChange={setName} maxLength={200} data-autofocus />
      <Field
        label="What it is for"
        value={description}
        onChange={setDescription}
        maxLength={2000}
        help="Optional; stands beside the name."
      />
    </Form>
  );
}
