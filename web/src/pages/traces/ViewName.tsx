import { Modal } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import classes from "./traces.module.css";

interface Props {
  /** Says what is done; null while the dialog is shut. */
  title: string | null;
  /** The name that stands there at first. */
  name: string;
  note?: string;
  problem: string | null;
  onName: (name: string) => void;
  onClose: () => void;
}

/** Asks for the name of a view, a new one or one that is renamed. */
export function ViewName({ title, onClose, ...form }: Props) {
  return (
    <Modal
      opened={title !== null}
      onClose={onClose}
      title={title}
      size={400}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {title !== null && <Form {...form} />}
    </Modal>
  );
}

function Form({ name: before, note, problem, onName }: Omit<Props, "title" | "onClose">) {
  const [name, setName] = useState(before);
  const typed = name.trim();

  function submit(event: FormEvent) {
    event.preventDefault();
    if (typed) onName(typed);
  }

  return (
    <form className={classes.nameForm} onSubmit={submit}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        maxLength={200}
        help={note}
        error={problem}
        data-autofocus
      />
      <Button type="submit" look="primary" disabled={!typed || typed === before}>
        Save view
      </Button>
    </form>
  );
}
