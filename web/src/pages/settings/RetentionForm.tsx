import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import { useServer } from "../../api/server";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import forms from "./forms.module.css";
import classes from "./settings.module.css";
import type { KeptProject } from "./storageShapes";

type How = "server" | "ever" | "days";

interface Props {
  project: KeptProject | null;
  onClose: () => void;
}

export function RetentionForm({ project, onClose }: Props) {
  return (
    <Modal
      opened={project !== null}
      onClose={onClose}
      title={<span className="ellipsis">Retention of {project?.name}</span>}
      size={380}
      centered
    >
      {project && <Form project={project} onClose={onClose} />}
    </Modal>
  );
}

function Form({ project, onClose }: { project: KeptProject; onClose: () => void }) {
  const server = useServer().about?.retention_days;
  const queries = useQueryClient();
  const [how, setHow] = useState<How>(() =>
    project.retention_inherited ? "server" : project.retention_days === 0 ? "ever" : "days",
  );
  const [days, setDays] = useState(String(project.retention_days || 90));
  const [wrong, setWrong] = useState<string | null>(null);
  const fits = /^[1-9]\d{0,4}$/.test(days.trim()) && Number(days) <= 36_500;
  const shorter = how === "days" && fits && Number(days) < (project.retention_days || 36500);

  async function save(event: FormEvent) {
    event.preventDefault();
    const retention = { server: null, ever: 0, days: Number(days) }[how];
    try {
      await send("PATCH", `projects/${encodeURIComponent(project.name)}`, {
        retention_days: retention,
      });
      await queries.invalidateQueries({ queryKey: keys.projects() });
      onClose();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  const own = server === undefined ? "" : server === 0 ? " (ever)" : ` (${plural(server, "day")})`;
  return (
    <form className={forms.form} onSubmit={save}>
      <Choice
        label="Keep its traces"
        value={how}
        options={[
          { value: "server", label: `As long as the server says${own}` },
          { value: "days", label: "A number of days" },
          { value: "ever", label: "For ever" },
        ]}
        onChange={(value) => setHow(value as How)}
      />
      {how === "days" && (
        <Field
          label="Days"
          inputMode="numeric"
          value={days}
          onChange={setDays}
          error={fits ? null : "A whole number of days, 1 to 36500"}
          data-autofocus
        />
      )}
      {shorter && (
        <p className={classes.help}>
          Traces older than {plural(Number(days), "day")} are gone within the hour.
        </p>
      )}
      {wrong && (
        <p className={classes.wrong} role="alert">
          {wrong}
        </p>
      )}
      <div className={forms.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" disabled={how === "days" && !fits}>
          Save
        </Button>
      </div>
    </form>
  );
}
