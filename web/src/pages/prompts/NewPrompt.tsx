import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { labelsOf } from "./plain";
import classes from "./prompts.module.css";
import { PROMPTS, type Prompt } from "./queries";

/** Asks for a name, makes the prompt and opens the editor of its first version. */
export function NewPrompt({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [tags, setTags] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const cache = useQueryClient();
  const navigate = useNavigate();

  async function create(event: FormEvent) {
    event.preventDefault();
    try {
      const given = { name: name.trim(), description: description.trim(), tags: labelsOf(tags) };
      const made = await send<Prompt>("POST", "prompts", given);
      await cache.invalidateQueries({ queryKey: PROMPTS });
      await navigate({
        to: "/prompts/$name",
        params: { name: made.name },
        search: { tab: "edit" },
      });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="New prompt"
      size={440}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form className={classes.form} onSubmit={create}>
        <Field
          label="Name"
          value={name}
          onChange={(value) => {
            setName(value);
            setWrong(null);
          }}
          error={wrong}
          help="Letters, digits, “.”, “_” and “-”; your code asks for it by this name."
          placeholder="answer-question"
          maxLength={200}
          data-autofocus
          required
        />
        <Field label="What it is for" value={description} onChange={setDescription} />
        <Field label="Tags" value={tags} onChange={setTags} placeholder="support, v2" />
        <div className={classes.formActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={name.trim() === ""}>
            Make it
          </Button>
        </div>
      </form>
    </Modal>
  );
}
