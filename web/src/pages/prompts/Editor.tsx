import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";
import { ApiError, send } from "../../api/client";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import { EmptyState } from "../../parts/states";
import {
  type Draft,
  type DraftMessage,
  draftOf,
  labelsOf,
  newMessage,
  promptOf,
  ROLES,
} from "./plain";
import classes from "./prompts.module.css";
import { PROMPTS, type Prompt, pathOf, type VersionDetail } from "./queries";

interface Props {
  prompt: Prompt;
  /** The version to begin with; null for the first. */
  base: VersionDetail | null;
  onSaved: (version: number) => void;
}

/** Writes a new version, beginning with what an older one says. */
export function Editor({ prompt, base, onSaved }: Props) {
  if (prompt.kind !== "prompt") {
    return (
      <EmptyState title="Files are not edited here">
        Send a new version of {prompt.kind === "agent" ? "an agent" : "a skill"} with{" "}
        <code>POST /api/v1/prompts/{prompt.name}/versions</code> and its <code>files</code>.
      </EmptyState>
    );
  }
  return <Form prompt={prompt} base={base} onSaved={onSaved} />;
}

function Form({ prompt, base, onSaved }: Props) {
  const [draft, setDraft] = useState(() => draftOf(base?.prompt));
  const form = useRef<HTMLFormElement>(null);
  const cache = useQueryClient();
  const saving = useMutation({
    mutationFn: async () =>
      send<VersionDetail>("POST", pathOf(prompt.name, "/versions"), {
        prompt: promptOf(draft),
        // the newest as this page knows it: whoever was faster is not overwritten unseen
        parent: prompt.latest_hash,
        description: draft.description.trim(),
        labels: labelsOf(draft.labels),
      }),
    onSuccess: async (made) => {
      await cache.invalidateQueries({ queryKey: PROMPTS });
      onSaved(made.version);
    },
  });
  const set = (patch: Partial<Draft>) => {
    saving.reset();
    setDraft({ ...draft, ...patch });
  };
  const setMessage = (id: number, patch: Partial<DraftMessage>) =>
    set({ messages: draft.messages.map((one) => (one.id === id ? { ...one, ...patch } : one)) });
  function shift(id: number, by: 1 | -1) {
    const at = draft.messages.findIndex((one) => one.id === id);
    const messages = [...draft.messages];
    const [moved] = messages.splice(at, 1);
    if (moved) messages.splice(at + by, 0, moved);
    set({ messages });
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!saving.isPending) saving.mutate();
  }
  useKeys("New version", [
    {
      key: "mod+Enter",
      what: "Save the version",
      everywhere: true,
      run: () => form.current?.requestSubmit(),
    },
  ]);
  const isTaken = saving.error instanceof ApiError && saving.error.status === 409;

  return (
    <form ref={form} className={classes.editor} onSubmit={submit}>
      <div className={classes.editorMain}>
        {base && (
          <p className={classes.quiet}>
            Begins with version {base.version}; saved as the newest, the versions before stay as
            they are.
          </p>
        )}
        {draft.messages.map((message, at) => (
          <MessageForm
            key={message.id}
            message={message}
            number={at + 1}
            last={at === draft.messages.length - 1}
            onChange={(patch) => setMessage(message.id, patch)}
            onMove={(by) => shift(message.id, by)}
            onRemove={() => set({ messages: draft.messages.filter((one) => one !== message) })}
          />
        ))}
        <div className={classes.editorAdd}>
          <Button
            small
            icon={Plus}
            onClick={() => set({ messages: [...draft.messages, newMessage()] })}
          >
            Add a message
          </Button>
          <Button
            small
            icon={Plus}
            onClick={() =>
              set({
                messages: [...draft.messages, newMessage({ role: "placeholder", name: "history" })],
              })
            }
          >
            Add a placeholder
          </Button>
        </div>
      </div>
      <div className={classes.editorSide}>
        <Choice
          label="Templates"
          value={draft.format}
          options={[
            { value: "f-string", label: "f-string: {name}" },
            { value: "mustache", label: "mustache: {{name}}" },
          ]}
          onChange={(format) => set({ format: format as Draft["format"] })}
        />
        <Field
          label="Model"
          value={draft.model}
          onChange={(model) => set({ model })}
          placeholder="gpt-4o"
          help="Empty: left to whoever uses it."
        />
        <Field
          label="Provider"
          value={draft.provider}
          onChange={(provider) => set({ provider })}
          placeholder="openai"
        />
        <Area
          label="Parameters, JSON"
          value={draft.parameters}
          onChange={(parameters) => set({ parameters })}
          placeholder='{"temperature": 0}'
          mono
        />
        <Area
          label="Tools, JSON"
          value={draft.tools}
          onChange={(tools) => set({ tools })}
          placeholder="[]"
          mono
        />
        <Area
          label="Schema of the answer, JSON"
          value={draft.schema}
          onChange={(schema) => set({ schema })}
          mono
        />
        <Field
          label="What this version changes"
          value={draft.description}
          onChange={(description) => set({ description })}
        />
        <Field
          label="Labels to move here"
          value={draft.labels}
          onChange={(labels) => set({ labels })}
          placeholder="staging"
        />
        {saving.error && (
          <p className={classes.problem} role="alert">
            {saving.error.message}{" "}
            {isTaken && (
              <Button small onClick={() => void cache.invalidateQueries({ queryKey: PROMPTS })}>
                Look what is newest
              </Button>
            )}
          </p>
        )}
        <div className={classes.formActions}>
          <Button
            type="submit"
            look="primary"
            disabled={saving.isPending || draft.messages.length === 0}
            title="Save the version  Ctrl Enter"
          >
            Save version
          </Button>
        </div>
      </div>
    </form>
  );
}

interface MessageProps {
  message: DraftMessage;
  number: number;
  last: boolean;
  onChange: (patch: Partial<DraftMessage>) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

function MessageForm({ message, number, last, onChange, onMove, onRemove }: MessageProps) {
  const isKnown = ROLES.some((role) => role === message.role);
  return (
    <fieldset className={classes.messageForm}>
      <legend className="hidden-text">Message {number}</legend>
      <div className={classes.messageFormHead}>
        <select
          className={classes.role}
          aria-label={`Role of message ${number}`}
          value={message.role}
          onChange={(event) => onChange({ role: event.currentTarget.value })}
        >
          {!isKnown && <option value={message.role}>{message.role}</option>}
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
        <Button
          small
          look="quiet"
          icon={ArrowUp}
          disabled={number === 1}
          onClick={() => onMove(-1)}
          aria-label={`Move message ${number} up`}
        />
        <Button
          small
          look="quiet"
          icon={ArrowDown}
          disabled={last}
          onClick={() => onMove(1)}
          aria-label={`Move message ${number} down`}
        />
        <Button
          small
          look="quiet"
          icon={Trash2}
          onClick={onRemove}
          aria-label={`Remove message ${number}`}
        />
      </div>
      {message.role === "placeholder" ? (
        <div className={classes.placeholderForm}>
          <input
            className={classes.find}
            value={message.name}
            onChange={(event) => onChange({ name: event.currentTarget.value })}
            placeholder="variable that brings the messages"
            aria-label={`Variable of message ${number}`}
          />
          <label>
            <input
              type="checkbox"
              checked={message.optional}
              onChange={(event) => onChange({ optional: event.currentTarget.checked })}
            />{" "}
            may be missing
          </label>
        </div>
      ) : (
        <textarea
          className={classes.messageText}
          data-mono={message.parts || undefined}
          rows={Math.min(16, Math.max(3, message.content.split("\n").length + 1))}
          dir="auto"
          value={message.content}
          onChange={(event) => onChange({ content: event.currentTarget.value })}
          aria-label={`Text of message ${number}`}
        />
      )}
    </fieldset>
  );
}

interface AreaProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  mono?: boolean;
}

function Area({ label, value, onChange, placeholder, mono }: AreaProps) {
  const id = useId();
  return (
    <div>
      <label className={classes.fieldLabel} htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        className={classes.area}
        data-mono={mono || undefined}
        rows={Math.min(12, Math.max(2, value.split("\n").length))}
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}
