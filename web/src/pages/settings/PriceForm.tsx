import { Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { projectsQuery } from "../../api/projects";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import field from "../../parts/field.module.css";
import forms from "./forms.module.css";
import {
  PRICE_TYPES,
  type PriceEntry,
  type Prices,
  type PriceType,
  readPrices,
  typedPrices,
} from "./priceTypes";
import classes from "./settings.module.css";

/** An entry to change, or what a new one begins with. */
export interface Draft {
  entry?: PriceEntry;
  model?: string;
  project?: string;
  prices?: Prices;
}

interface Props {
  /** null while the dialog is shut. */
  draft: Draft | null;
  onClose: () => void;
}

export function PriceForm({ draft, onClose }: Props) {
  return (
    <Modal
      opened={draft !== null}
      onClose={onClose}
      title={draft?.entry ? "Change the price" : "New price"}
      size={520}
      centered
    >
      {draft && <Form draft={draft} onClose={onClose} />}
    </Modal>
  );
}

function Form({ draft: { entry, ...start }, onClose }: { draft: Draft; onClose: () => void }) {
  const [model, setModel] = useState(entry?.model ?? start.model ?? "");
  const [provider, setProvider] = useState(entry?.provider ?? "");
  const [project, setProject] = useState(entry ? (entry.project ?? "") : (start.project ?? ""));
  const [from, setFrom] = useState(entry?.valid_from ?? "");
  const [note, setNote] = useState(entry?.note ?? "");
  const [typed, setTyped] = useState(typedPrices(entry?.prices ?? start.prices ?? {}));
  const [wrong, setWrong] = useState<string | null>(null);
  const [wrongType, setWrongType] = useState<PriceType | null>(null);
  const { data } = useQuery(projectsQuery());
  const queries = useQueryClient();

  async function save(event: FormEvent) {
    event.preventDefault();
    const read = readPrices(typed);
    if ("wrong" in read) {
      setWrongType(read.wrong);
      return;
    }
    if (Object.keys(read.prices).length === 0 && !entry?.tiers.length) {
      setWrong("Enter at least one price; 0 is free.");
      return;
    }
    const body = {
      model,
      provider: provider.trim() || null,
      valid_from: from || null,
      prices: read.prices,
      note,
    };
    try {
      if (entry) await send("PATCH", `prices/${entry.id}`, body);
      else await send("POST", "prices", { ...body, project: project || null });
      await queries.invalidateQueries({ queryKey: ["prices"] });
      onClose();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  const projects = (data?.items ?? []).map((one) => ({ value: one.name, label: one.name }));
  return (
    <form className={forms.form} onSubmit={save}>
      <div className={forms.formPair}>
        <Field
          label="Model"
          value={model}
          onChange={setModel}
          required
          maxLength={300}
          help="A name, or a pattern as gpt-5*"
          data-autofocus
        />
        <Field label="Provider" value={provider} onChange={setProvider} help="Empty is any" />
      </div>
      <div className={forms.formPair}>
        {entry ? (
          <Field label="Project" value={entry.project ?? "all"} onChange={() => {}} disabled />
        ) : (
          <Choice
            label="Project"
            value={project}
            options={[{ value: "", label: "All projects" }, ...projects]}
            onChange={setProject}
          />
        )}
        <Field
          label="Valid from"
          type="date"
          value={from}
          onChange={setFrom}
          help="Empty is ever"
        />
      </div>
      <fieldset className={forms.amounts}>
        <legend className={field.label}>US dollars for a million tokens</legend>
        {PRICE_TYPES.map(({ key, label }) => (
          <Field
            key={key}
            label={label}
            inputMode="decimal"
            value={typed[key] ?? ""}
            error={wrongType === key ? "0 to 1000000, as 2.50" : null}
            onChange={(value) => {
              setTyped({ ...typed, [key]: value });
              setWrongType(null);
              setWrong(null);
            }}
          />
        ))}
      </fieldset>
      <Field label="Note" value={note} onChange={setNote} placeholder="Contract of March 2026" />
      {entry && entry.tiers.length > 0 && (
        <p className={classes.help}>
          Its prices of long inputs stay as they are; they are changed by the API.
        </p>
      )}
      {wrong && (
        <p className={classes.wrong} role="alert">
          {wrong}
        </p>
      )}
      <div className={forms.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" disabled={model.trim() === ""}>
          Save
        </Button>
      </div>
    </form>
  );
}
