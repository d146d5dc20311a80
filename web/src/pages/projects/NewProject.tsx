import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { Project } from "../../api/types";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import classes from "./projects.module.css";

/** Asks for a name, makes the project and goes to how its first trace gets in. */
export function NewProject({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();

  async function create(event: FormEvent) {
    event.preventDefault();
    try {
      const made = await send<Project>("POST", "projects", { name });
      await queries.invalidateQueries({ queryKey: keys.projects() });
      onClose();
      await navigate({ to: "/p/$project/overview", params: { project: made.name } });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <Modal opened={opened} onClose={onClose} title="New project" size={400} centered>
      <form className={classes.form} onSubmit={create}>
        <Field
          label="Name"
          value={name}
          onChange={(value) => {
            setName(value);
            setWrong(null);
          }}
          error={wrong}
          help="As your application names it: OTEL_SERVICE_NAME, or project= of ph.init."
          data-autofocus
          required
        />
        <div className={classes.formActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={name.trim() === ""}>
            Create
          </Button>
        </div>
      </form>
    </Modal>
  );
}
