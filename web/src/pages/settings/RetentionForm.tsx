import { useState } from "react";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import { useServer } from "../../api/server";
import { useSaving } from "../../api/useSaving";
import { plural } from "../../format";
import { Dialog } from "../../parts/Dialog";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import classes from "./settings.module.css";
import type { KeptProject } from "./storageShapes";

type How = "server" | "ever" | "days";

interface Props {
  project: KeptProject | null;
  onClose: () => void;
}

export function RetentionForm({ project, onClose }: Props) {
  return (
    <Dialog
      opened={project !== null}
      onClose={onClose}
      title={<span className="ellipsis">Retention of {project?.name}</span>}
      size={380}
    >
      {project && <Fields project={project} onClose={onClose} />}
    </Dialog>
  );
}

function Fields({ project, onClose }: { project: KeptProject; onClose: () => void }) {
  const server = useServer().about?.retention_days;
  const [how, setHow] = useState<How>(() =>
    project.retention_inherited ? "server" : project.retention_days === 0 ? "ever" : "days",
  );
  const [days, setDays] = useState(String(project.retention_days || 90));
  const fits = /^[1-9]\d{0,4}$/.test(days.trim()) && Number(days) <= 36_500;
  const shorter = how === "days" && fits && Number(days) < (project.retention_days || 36500);

  const saving = useSaving(
    () => {
      const retention = { server: null, ever: 0, days: Number(days) }[how];
      const path = `projects/${encodeURIComponent(project.name)}`;
      return send("PATCH", path, { retention_days: retention });
    },
    keys.projects(),
    onClose,
  );
  const own = server === undefined ? "" : server === 0 ? " (ever)" : ` (${plural(server, "day")})`;
  return (
    <Form saving={saving} word="Save" disabled={how === "days" && !fits} onCancel={onClose}>
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
    </Form>
  );
}
