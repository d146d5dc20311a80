import { type FormEvent, useState } from "react";
import { Button } from "../parts/Button";
import { ask, sentence } from "./api";
import { Modal } from "./Modal";
import classes from "./modal.module.css";
import type { Schema } from "./page";
import { SchemaForm } from "./SchemaForm";
import { withoutEmpty } from "./schema";
import type { Thread } from "./types";

interface Props {
  schema: Schema;
  id: string;
  thread: Thread | null;
  onClose: () => void;
  onChanged: (thread: Thread) => void;
}

/** What the target lets be set, for this conversation alone. */
export function Settings({ schema, id, thread, onClose, onChanged }: Props) {
  const [values, setValues] = useState<unknown>(thread?.settings ?? {});
  const [problem, setProblem] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    try {
      const body = { settings: withoutEmpty(values) };
      onChanged(await ask<Thread>(`threads/${encodeURIComponent(id)}`, { method: "PATCH", body }));
      onClose();
    } catch (error) {
      setProblem(sentence(error));
    }
  }

  return (
    <Modal title="Settings of this conversation" onClose={onClose}>
      <form onSubmit={submit}>
        <SchemaForm schema={schema} root={schema} value={values} onChange={setValues} />
        {problem && <p className={classes.error}>{problem}</p>}
        <div className={classes.actions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit">
            Keep
          </Button>
        </div>
      </form>
    </Modal>
  );
}
