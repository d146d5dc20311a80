import { useState } from "react";
import { CHANNELS, type Channel } from "../../api/alerts";
import { ApiError, send } from "../../api/client";
import { useSaving } from "../../api/useSaving";
import { Dialog } from "../../parts/Dialog";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";

const KINDS: { value: Channel["kind"]; label: string }[] = [
  { value: "webhook", label: "Webhook: your own program" },
  { value: "apprise", label: "Apprise: Slack, e-mail and others" },
];

interface Props {
  /** The channel to change, "new" for one more, null while the dialog is shut. */
  channel: Channel | "new" | null;
  onClose: () => void;
}

export function ChannelForm({ channel, onClose }: Props) {
  const isNew = channel === "new";
  return (
    <Dialog
      opened={channel !== null}
      onClose={onClose}
      title={isNew ? "New channel" : `Change ${channel?.name ?? ""}`}
      size={480}
    >
      {channel !== null && <Fields channel={isNew ? null : channel} onClose={onClose} />}
    </Dialog>
  );
}

function Fields({ channel, onClose }: { channel: Channel | null; onClose: () => void }) {
  const [name, setName] = useState(channel?.name ?? "");
  const [kind, setKind] = useState<Channel["kind"]>(channel?.kind ?? "webhook");
  const [url, setUrl] = useState("");
  const [secret, setSecret] = useState("");
  const isWebhook = kind === "webhook";
  const saving = useSaving(
    () => {
      const body = { name, url: url || null, secret: (isWebhook && secret) || null };
      return channel
        ? send("PATCH", `alerts/channels/${encodeURIComponent(channel.id)}`, body)
        : send("POST", "alerts/channels", { ...body, kind });
    },
    CHANNELS,
    onClose,
  );
  const at = parameterOf(saving.error);
  const wrong = (field: string) => (at === field ? (saving.error?.message ?? null) : null);
  const said = ["name", "url", "secret"].includes(at ?? "");
  return (
    <Form saving={saving} word={channel ? "Save" : "Add"} onCancel={onClose} saidAbove={said}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        required
        maxLength={200}
        placeholder="On call"
        error={wrong("name")}
        autoComplete="off"
        data-autofocus
      />
      {!channel && (
        <Choice
          label="Kind"
          value={kind}
          options={KINDS}
          onChange={(next) => setKind(next as Channel["kind"])}
        />
      )}
      <Field
        label={channel ? "New address" : "Address"}
        type="password"
        value={url}
        onChange={setUrl}
        required={!channel}
        placeholder={isWebhook ? "https://bot.example.org/alerts" : "slack://…, mailto://…"}
        help={
          channel
            ? `It leads to ${channel.hint}. Left empty it stays.`
            : "Nobody is shown it again."
        }
        error={wrong("url")}
        autoComplete="new-password"
        mono
      />
      {isWebhook && (
        <Field
          label={channel ? "New secret" : "Secret"}
          type="password"
          value={secret}
          onChange={setSecret}
          required={!channel}
          help={
            channel
              ? "Left empty it stays; a new address asks for it again."
              : "Messages are signed with it: sixteen letters or more."
          }
          error={wrong("secret")}
          autoComplete="new-password"
          mono
        />
      )}
    </Form>
  );
}

/** The parameter that the server found wrong. */
function parameterOf(error: Error | null): string | null {
  const details = error instanceof ApiError ? error.details : null;
  return (details as { parameter?: string } | null)?.parameter ?? null;
}
