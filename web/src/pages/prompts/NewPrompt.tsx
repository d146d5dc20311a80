import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { send } from "../../api/client";
import { useSaving } from "../../api/useSaving";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import { labelsOf } from "./plain";
import { PROMPTS, type Prompt } from "./queries";

/** Asks for a name, makes the prompt and opens the editor of its first version. */
export function NewPrompt({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [tags, setTags] = useState("");
  const navigate = useNavigate();
  const making = useSaving(
    () => {
      const given = { name: name.trim(), description: description.trim(), tags: labelsOf(tags) };
      return send<Prompt>("POST", "prompts", given);
    },
    PROMPTS,
    (made) =>
      navigate({ to: "/prompts/$name", params: { name: made.name }, search: { tab: "edit" } }),
  );
  return (
    <Dialog opened={opened} onClose={onClose} title="New prompt" size={440}>
      <Form
        saving={making}
        saidAbove
        word="Make it"
        disabled={name.trim() === ""}
        onCancel={onClose}
      >
        <Field
          label="Name"
          value={name}
          onChange={(value) => {
            setName(value);
            making.reset();
          }}
          error={making.error?.message}
          help="Letters, digits, “.”, “_” and “-”; your code asks for it by this name."
          placeholder="answer-question"
          maxLength={200}
          data-autofocus
          required
        />
        <Field label="What it is for" value={description} onChange={setDescription} />
        <Field label="Tags" value={tags} onChange={setTags} placeholder="support, v2" />
      </Form>
    </Dialog>
  );
}
