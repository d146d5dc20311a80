import { useState } from "react";
import { send } from "../../api/client";
import {
  HIDDEN,
  PROVIDERS,
  type Provider,
  type ProviderPut,
  providerPath,
} from "../../api/providers";
import { useSaving } from "../../api/useSaving";
import { Area } from "../../parts/Area";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import { Tick } from "../../parts/Tick";

/** What the server takes as a name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

interface Props {
  /** The provider to change, "new" for one more, null while the dialog is shut. */
  provider: Provider | "new" | null;
  onClose: () => void;
}

export function ModelForm({ provider, onClose }: Props) {
  const isNew = provider === "new";
  return (
    <Dialog
      opened={provider !== null}
      onClose={onClose}
      title={isNew ? "New provider" : `Change ${provider?.name ?? ""}`}
      size={480}
    >
      {provider !== null && <Fields provider={isNew ? null : provider} onClose={onClose} />}
    </Dialog>
  );
}

function Fields({ provider, onClose }: { provider: Provider | null; onClose: () => void }) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState(provider?.base_url ?? "");
  const [key, setKey] = useState("");
  const [dropKey, setDropKey] = useState(false);
  const [models, setModels] = useState(provider?.models.join("\n") ?? "");
  const isWrong = provider === null && name.trim() !== "" && !NAME.test(name.trim());
  const saving = useSaving(
    () => {
      const body: ProviderPut = {
        base_url: url,
        api_key: dropKey ? "" : key || null,
        models: models
          .split(/[\n,]/)
          .map((one) => one.trim())
          .filter(Boolean),
      };
      return send("PUT", providerPath(provider?.name ?? name.trim()), body);
    },
    PROVIDERS,
    onClose,
  );

  return (
    <Form
      saving={saving}
      word={provider === null ? "Add" : "Save"}
      disabled={isWrong}
      onCancel={onClose}
    >
      {provider === null && (
        <Field
          label="Name"
          value={name}
          onChange={setName}
          required
          placeholder="openai"
          help="What stands before the slash: openai/gpt-5-mini"
          error={isWrong && "Letters, digits, “.”, “_” and “-”; no slash, and 64 at the most."}
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
      <Area
        label="Models to choose from"
        value={models}
        onChange={setModels}
        mono
        rows={5}
        placeholder={"gpt-5-mini\ngpt-5"}
        help="One a line. Others can be named too."
      />
    </Form>
  );
}

function keyHelp(provider: Provider | null, url: string): string {
  if (!provider?.has_key) return "Left empty where none is asked for. Nobody is shown it again.";
  if (url !== provider.base_url) return "A new address asks for the key again.";
  if (provider.key_hint === HIDDEN) return "There is one. Left empty it stays.";
  return `There is one that ends in ${provider.key_hint}. Left empty it stays.`;
}
