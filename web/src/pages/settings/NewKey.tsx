import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import { projectsQuery } from "../../api/projects";
import { useSaving } from "../../api/useSaving";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { Dialog } from "../../parts/Dialog";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import form from "../../parts/form.module.css";
import forms from "./forms.module.css";

const PURPOSES = [
  { value: "ingest", label: "Send traces and scores" },
  { value: "read", label: "Read" },
  { value: "ingest,read", label: "Send and read" },
  { value: "admin", label: "Everything, settings included" },
] as const;

const LIVES = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
] as const;

/** Asks what a key is for, makes it, and shows its secret this once. */
export function NewKey({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  function close() {
    setSecret(null);
    onClose();
  }
  return (
    <Dialog opened={opened} onClose={close} title="New API key" size={420}>
      {secret === null ? (
        <Ask onMade={setSecret} onCancel={close} />
      ) : (
        <div className={form.form}>
          <p>Copy it now: only its beginning is kept, so nobody can show it again.</p>
          <div className={forms.secret}>
            <code>{secret}</code>
            <CopyButton text={secret} word look="line" />
          </div>
          <div className={form.actions} data-dialog>
            <Button onClick={close}>Done</Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Ask({ onMade, onCancel }: { onMade: (secret: string) => void; onCancel: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string>(PURPOSES[0].value);
  const [project, setProject] = useState("");
  const [days, setDays] = useState("");
  const { data } = useQuery(projectsQuery());
  const making = useSaving(
    () =>
      send<{ key: string }>("POST", "keys", {
        name,
        scopes: scopes.split(","),
        project: scopes === "admin" ? null : project || null,
        expires_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null,
      }),
    ["keys"],
    ({ key }) => onMade(key),
  );
  const all = [{ value: "", label: "All projects" }];
  const named = (data?.items ?? []).map((one) => ({ value: one.name, label: one.name }));
  return (
    <Form saving={making} word="Make the key" onCancel={onCancel}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        maxLength={200}
        placeholder="support-agent in production"
        data-autofocus
      />
      <Choice label="What it may do" value={scopes} options={PURPOSES} onChange={setScopes} />
      {scopes !== "admin" && (
        <Choice
          label="Project"
          value={project}
          options={[...all, ...named]}
          onChange={setProject}
        />
      )}
      <Choice label="Expires" value={days} options={LIVES} onChange={setDays} />
    </Form>
  );
}
