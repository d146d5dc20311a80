import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { send } from "../../api/client";
import {
  HIDDEN,
  PROVIDERS,
  type Provider,
  type ProviderPut,
  providerPath,
} from "../../api/providers";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import field from "../../parts/field.module.css";
import { Tick } from "../../parts/Tick";
import forms from "./forms.module.css";
import classes from "./settings.module.css";

interface Props {
  /** The provider to change, "new" for one more, null while the dialog is shut. */
  provider: Provider | "new" | null;
  onClose: () => void;
}

export function ModelForm({ provider, onClose }: Props) {
  const isNew = provider === "new";
  return (
    <Modal
      opened={provider !== null}
      onClose={onClose}
      title={isNew ? "New provider" : `Change ${provider?.name ?? ""}`}
      size={480}
      centered
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {provider !== null && <Form provider={isNew ? null : provider} onClose={onClose} />}
    </Modal>
  );
}

function Form({ provider, onClose }: { provider: Provider | null; onClose: () => void }) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState(provider?.base_url ?? "");
  const [key, setKey] = useState("");
  const [dropKey, setDropKey] = useState(false);
  const [models, setModels] = useState(provider?.models.join("\n") ?? "");
  const [wrong, setWrong] = useState<string | null>(null);
  const queries = useQueryClient();
  const id = useId();

  async function save(event: FormEvent) {
    event.preventDefault();
    const body: ProviderPut = {
      base_url: url,
      api_key: dropKey ? "" : key || null,
      models: models
        .split(/[\n,]/)
        .map((one) => one.trim())
        .filter(Boolean),
    };
    try {
      await send("PUT", providerPath(provider?.name ?? name.trim()), body);
      await queries.invalidateQueries({ queryKey: PROVIDERS });
      onClose();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form className={forms.form} onSubmit={save}>
      {provider === null && (
        <Field
          label="Name"
          value={name}
          onChange={setName}
          required
          maxLength={64}
          placeholder="openai"
          help="What stands before the slash: openai/gpt-5-mini"
          autoComplete="off"
          data-autofocus
        />
      )}
      <Field
        label="Address"
        type="url"
        value={url}
        onChange={setUrl}
        required
        placeholder="https://api.openai.com/v1"
        help="The address below which /chat/completions stands"
        autoComplete="off"
        data-autofocus={provider !== null || undefined}
      />
      <Field
        label={provider?.has_key ? "New key" : "Key"}
        type="password"
        value={key}
        onChange={setKey}
        disabled={dropKey}
        autoComplete="new-password"
        help={keyHelp(provider, url)}
      />
      {provider?.has_key && <Tick label="Remove the key" checked={dropKey} onChange={setDropKey} />}
      <div className={field.field}>
        <label className={field.label} htmlFor={id}>
          Models to choose from
        </label>
        <textarea
          id={id}
          className={forms.textarea}
          data-mono
          value={models}
          spellCheck={false}
          placeholder={"gpt-5-mini\ngpt-5"}
          onChange={(event) => setModels(event.currentTarget.value)}
          aria-describedby={`${id}-below`}
        />
        <p className={field.below} id={`${id}-below`}>
          One a line. Others can be named too.
        </p>
      </div>
      {wrong && (
        <p className={classes.wrong} role="alert">
          {wrong}
        </p>
      )}
      <div className={forms.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary">
          {provider === null ? "Add" : "Save"}
        </Button>
      </div>
    </form>
  );
}

function keyHelp(provider: Provider | null, url: string): string {
  if (!provider?.has_key) return "Left empty where none is asked for. Nobody is shown it again.";
  if (url !== provider.base_url) return "A new address asks for the key again.";
  if (provider.key_hint === HIDDEN) return "There is one. Left empty it stays.";
  return `There is one that ends in ${provider.key_hint}. Left empty it stays.`;
}
