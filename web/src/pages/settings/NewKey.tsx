import { Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { projectsQuery } from "../../api/projects";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { Choice, Field } from "../../parts/Field";
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
    <Modal opened={opened} onClose={close} title="New API key" size={420} centered>
      {secret === null ? (
        <Ask onMade={setSecret} onCancel={close} />
      ) : (
        <div className={forms.form}>
          <p>Copy it now: only its beginning is kept, so nobody can show it again.</p>
          <div className={forms.secret}>
            <code>{secret}</code>
            <CopyButton text={secret} word look="line" />
          </div>
          <div className={forms.formActions}>
            <Button onClick={close}>Done</Button>
          </div>
        </div>
      )}
    </Modal>
  );
}

function Ask({ onMade, onCancel }: { onMade: (secret: string) => void; onCancel: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string>(PURPOSES[0].value);
  const [project, setProject] = useState("");
  const [days, setDays] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const { data } = useQuery(projectsQuery());
  const queries = useQueryClient();

  async function make(event: FormEvent) {
    event.preventDefault();
    try {
      const made = await send<{ key: string }>("POST", "keys", {
        name,
        scopes: scopes.split(","),
        project: scopes === "admin" ? null : project || null,
        expires_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null,
      });
      await queries.invalidateQueries({ queryKey: ["keys"] });
      onMade(made.key);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  const all = [{ value: "", label: "All projects" }];
  const named = (data?.items ?? []).map((one) => ({ value: one.name, label: one.name }));
  return (
    <form className={forms.form} onSubmit={make}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        maxLength={200}
        placeholder="support-agent in production"
        error={wrong}
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
      <div className={forms.formActions}>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary">
          Make the key
        </Button>
      </div>
    </form>
  );
}
