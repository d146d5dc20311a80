import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import { projectsQuery } from "../../api/projects";
import { useSaving } from "../../api/useSaving";
import { Dialog } from "../../parts/Dialog";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import field from "../../parts/field.module.css";
import form from "../../parts/form.module.css";
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

const WRONG_AMOUNT = "0 to 1000000, as 2.50";

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
    <Dialog
      opened={draft !== null}
      onClose={onClose}
      title={draft?.entry ? "Change the price" : "New price"}
      size={520}
    >
      {draft && <Fields draft={draft} onClose={onClose} />}
    </Dialog>
  );
}

function Fields({ draft: { entry, ...start }, onClose }: { draft: Draft; onClose: () => void }) {
  const [model, setModel] = useState(entry?.model ?? start.model ?? "");
  const [provider, setProvider] = useState(entry?.provider ?? "");
  const [project, setProject] = useState(entry ? (entry.project ?? "") : (start.project ?? ""));
  const [from, setFrom] = useState(entry?.valid_from ?? "");
  const [note, setNote] = useState(entry?.note ?? "");
  const [typed, setTyped] = useState(typedPrices(entry?.prices ?? start.prices ?? {}));
  const [wrongType, setWrongType] = useState<PriceType | null>(null);
  const { data } = useQuery(projectsQuery());

  const saving = useSaving(
    async () => {
      const read = readPrices(typed);
      if ("wrong" in read) {
        setWrongType(read.wrong);
        throw new Error(WRONG_AMOUNT);
      }
      if (Object.keys(read.prices).length === 0 && !entry?.tiers.length)
        throw new Error("Enter at least one price; 0 is free.");
      const body = {
        model,
        provider: provider.trim() || null,
        valid_from: from || null,
        prices: read.prices,
        note,
      };
      return entry
        ? send("PATCH", `prices/${entry.id}`, body)
        : send("POST", "prices", { ...body, project: project || null });
    },
    ["prices"],
    onClose,
  );
  const projects = (data?.items ?? []).map((one) => ({ value: one.name, label: one.name }));
  return (
    <Form
      saving={saving}
      saidAbove={wrongType !== null}
      word="Save"
      disabled={model.trim() === ""}
      onCancel={onClose}
    >
      <div className={form.pair}>
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
      <div className={form.pair}>
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
            error={wrongType === key && WRONG_AMOUNT}
            onChange={(value) => {
              setTyped({ ...typed, [key]: value });
              setWrongType(null);
              saving.reset();
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
    </Form>
  );
}
