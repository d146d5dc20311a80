import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { ApiError, send } from "../../api/client";
import { useSaving } from "../../api/useSaving";
import { useKeys } from "../../keys";
import { Area } from "../../parts/Area";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import form from "../../parts/form.module.css";
import { Problem } from "../../parts/Problem";
import { EmptyState } from "../../parts/states";
import classes from "./editor.module.css";
import { MessageForm } from "./MessageForm";
import { type Draft, type DraftMessage, draftOf, labelsOf, newMessage, promptOf } from "./plain";
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
  const element = useRef<HTMLFormElement>(null);
  const cache = useQueryClient();
  const saving = useSaving(
    async () =>
      send<VersionDetail>("POST", pathOf(prompt.name, "/versions"), {
        prompt: promptOf(draft),
        // the newest as this page knows it: whoever was faster is not overwritten unseen
        parent: prompt.latest_hash,
        description: draft.description.trim(),
        labels: labelsOf(draft.labels),
      }),
    PROMPTS,
    (made) => onSaved(made.version),
  );
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
      run: () => element.current?.requestSubmit(),
    },
  ]);
  const isTaken = saving.error instanceof ApiError && saving.error.status === 409;

  return (
    <form ref={element} className={classes.editor} onSubmit={submit}>
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
          rows={linesOf(draft.parameters)}
          onChange={(parameters) => set({ parameters })}
          placeholder='{"temperature": 0}'
          mono
        />
        <Area
          label="Tools, JSON"
          value={draft.tools}
          rows={linesOf(draft.tools)}
          onChange={(tools) => set({ tools })}
          placeholder="[]"
          mono
        />
        <Area
          label="Schema of the answer, JSON"
          value={draft.schema}
          rows={linesOf(draft.schema)}
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
        <Problem error={saving.error}>
          {isTaken && (
            <Button small onClick={() => void cache.invalidateQueries({ queryKey: PROMPTS })}>
              Look what is newest
            </Button>
          )}
        </Problem>
        <div className={form.actions} data-dialog>
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

/** As high as what stands in it, within reason. */
function linesOf(text: string): number {
  return Math.min(12, Math.max(2, text.split("\n").length));
}
