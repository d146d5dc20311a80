import { Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Archive,
  ArchiveRestore,
  Ellipsis,
  FlaskConical,
  Heart,
  Pencil,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { count, plural } from "../../format";
import { AskDelete } from "../../parts/AskDelete";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import { Problem } from "../../parts/Problem";
import { labelsOf } from "./plain";
import classes from "./prompts.module.css";
import { PROMPTS, type Prompt, pathOf } from "./queries";

/** What a prompt is for, its tags, who likes it, and what can be done with all of it. */
export function PromptHead({ prompt }: { prompt: Prompt }) {
  const [asking, setAsking] = useState<"edit" | "delete" | null>(null);
  const cache = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => cache.invalidateQueries({ queryKey: PROMPTS });
  const liking = useMutation({
    mutationFn: () => send(prompt.liked ? "DELETE" : "PUT", pathOf(prompt.name, "/like")),
    onSettled: refresh,
  });
  const archiving = useMutation({
    mutationFn: () => send("PATCH", pathOf(prompt.name), { is_archived: !prompt.is_archived }),
    onSettled: refresh,
  });
  const wrong = liking.error ?? archiving.error;
  return (
    <header className={classes.head}>
      <p className={`${classes.description} ellipsis`} dir="auto" title={prompt.description}>
        {prompt.description || `This ${prompt.kind} has no description.`}
      </p>
      {prompt.is_archived && <span className={classes.mark}>put away</span>}
      {prompt.tags.map((tag) => (
        <span key={tag} className={classes.tag}>
          {tag}
        </span>
      ))}
      <span className={classes.headFigures}>
        <span>{plural(prompt.versions, "version")}</span>
        <span>used {plural(prompt.downloads, "time")}</span>
      </span>
      <Button
        small
        look="quiet"
        icon={Heart}
        aria-pressed={prompt.liked}
        disabled={liking.isPending}
        onClick={() => liking.mutate()}
        aria-label={`${prompt.liked ? "Take the like back" : "Like"}: ${count(prompt.likes)}`}
      >
        {count(prompt.likes)}
      </Button>
      <Menu position="bottom-end" offset={4} width={200}>
        <Menu.Target>
          <Button small look="quiet" icon={Ellipsis} aria-label="More" title="More" />
        </Menu.Target>
        <Menu.Dropdown>
          {prompt.versions > 0 && (
            <Menu.Item
              leftSection={<FlaskConical size={14} />}
              onClick={() =>
                void navigate({ to: "/experiments/run", search: { prompt: prompt.name } as never })
              }
            >
              Run an experiment
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Pencil size={14} />} onClick={() => setAsking("edit")}>
            Name, description, tags
          </Menu.Item>
          <Menu.Item
            leftSection={prompt.is_archived ? <ArchiveRestore size={14} /> : <Archive size={14} />}
            onClick={() => archiving.mutate()}
          >
            {prompt.is_archived ? "Take out again" : "Put away"}
          </Menu.Item>
          <Menu.Item leftSection={<Trash2 size={14} />} onClick={() => setAsking("delete")}>
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Problem error={wrong} />
      <Dialog
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={asking === "delete" ? `Delete “${prompt.name}”?` : "Name, description, tags"}
        size={440}
      >
        {asking === "edit" && <Rename prompt={prompt} onClose={() => setAsking(null)} />}
        {asking === "delete" && <Delete prompt={prompt} onClose={() => setAsking(null)} />}
      </Dialog>
    </header>
  );
}

interface AskingProps {
  prompt: Prompt;
  onClose: () => void;
}

function Rename({ prompt, onClose }: AskingProps) {
  const [name, setName] = useState(prompt.name);
  const [description, setDescription] = useState(prompt.description);
  const [tags, setTags] = useState(prompt.tags.join(", "));
  const cache = useQueryClient();
  const navigate = useNavigate();
  const saving = useMutation({
    mutationFn: () =>
      send<Prompt>("PATCH", pathOf(prompt.name), {
        name: name.trim(),
        description: description.trim(),
        tags: labelsOf(tags),
      }),
    onSuccess: async (changed) => {
      onClose();
      if (changed.name !== prompt.name)
        await navigate({ to: "/prompts/$name", params: { name: changed.name }, replace: true });
      await cache.invalidateQueries({ queryKey: PROMPTS });
    },
  });
  return (
    <Form saving={saving} saidAbove word="Save" disabled={!name.trim()} onCancel={onClose}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        error={saving.error?.message}
        help="Code that asks for the old name finds nothing."
        required
        data-autofocus
      />
      <Field label="What it is for" value={description} onChange={setDescription} />
      <Field label="Tags" value={tags} onChange={setTags} />
    </Form>
  );
}

function Delete({ prompt, onClose }: AskingProps) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const deletion = useMutation({
    mutationFn: () => send("DELETE", pathOf(prompt.name)),
    onSuccess: async () => {
      await navigate({ to: "/prompts" });
      await cache.invalidateQueries({ queryKey: [...PROMPTS, "list"] });
    },
  });
  return (
    <AskDelete deletion={deletion} word="Delete it" onKeep={onClose}>
      <p>
        {plural(prompt.versions, "version")} and all labels go for good, and code that asks for them
        fails. To keep them, put the prompt away instead.
      </p>
    </AskDelete>
  );
}
