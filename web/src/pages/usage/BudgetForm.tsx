import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { channelsQuery } from "../../api/alerts";
import { send } from "../../api/client";
import type { Budget } from "../../api/costs";
import { projectsQuery } from "../../api/projects";
import { useSaving } from "../../api/useSaving";
import { Dialog } from "../../parts/Dialog";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import form from "../../parts/form.module.css";
import { Tick } from "../../parts/Tick";
import { UNITS, type Unit } from "./splits";

interface Props {
  /** A budget to change, a new one, or null while the dialog is shut. */
  draft: Budget | "new" | null;
  project: string | undefined;
  onClose: () => void;
}

export function BudgetForm({ draft, project, onClose }: Props) {
  return (
    <Dialog
      opened={draft !== null}
      onClose={onClose}
      title={draft === "new" ? "New budget" : "Change the budget"}
      size={480}
    >
      {draft && (
        <Fields budget={draft === "new" ? null : draft} project={project} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface FieldsProps {
  budget: Budget | null;
  project: string | undefined;
  onClose: () => void;
}

const PERIODS = Object.entries(UNITS).map(([value, label]) => ({ value, label }));

function Fields({ budget, project, onClose }: FieldsProps) {
  const projects = useQuery(projectsQuery());
  const [of, setOf] = useState(budget?.project ?? project ?? "");
  const [name, setName] = useState(budget?.name ?? "");
  const [amount, setAmount] = useState(budget ? String(budget.amount) : "");
  const [period, setPeriod] = useState<string>(budget?.period ?? "month");
  const [filter, setFilter] = useState(budget?.filter ?? "");
  const [thresholds, setThresholds] = useState((budget?.thresholds ?? [50, 80, 100]).join(", "));
  const [channels, setChannels] = useState<readonly string[]>(budget?.channels ?? []);
  const saving = useSaving(
    () => {
      const body = {
        name: name.trim(),
        amount: amount.trim(),
        period: period as Unit,
        filter,
        thresholds: thresholds.split(/[\s,;%]+/).flatMap((one) => (one ? [Number(one)] : [])),
        channels,
      };
      return budget
        ? send("PATCH", `budgets/${budget.id}`, body)
        : send("POST", "budgets", { ...body, project: of });
    },
    ["budgets"],
    onClose,
  );
  const named = (projects.data?.items ?? []).map((one) => ({ value: one.name, label: one.name }));
  const complete = name.trim() !== "" && amount.trim() !== "" && of !== "";
  return (
    <Form saving={saving} word="Save" disabled={!complete} onCancel={onClose}>
      <Field label="Name" value={name} onChange={setName} required maxLength={200} data-autofocus />
      {!budget && !project && (
        <Choice
          label="Project"
          value={of}
          options={[{ value: "", label: "Choose one" }, ...named]}
          onChange={setOf}
        />
      )}
      <div className={form.pair}>
        <Field
          label="US dollars"
          value={amount}
          onChange={setAmount}
          inputMode="decimal"
          required
        />
        <Choice label="Each" value={period} options={PERIODS} onChange={setPeriod} />
      </div>
      <Field
        label="Only calls where"
        value={filter}
        onChange={setFilter}
        mono
        placeholder='model ~ "gpt-*"'
        help='Empty is all of the project; of one user: any(trace: user_id = "u-7")'
      />
      <Field
        label="Tell at"
        value={thresholds}
        onChange={setThresholds}
        help="Percents, as 50, 80, 100: each once in a period"
      />
      <Channels chosen={channels} onChange={setChannels} />
    </Form>
  );
}

interface ChannelsProps {
  chosen: readonly string[];
  onChange: (channels: readonly string[]) => void;
}

/** Whom to tell: nobody until one is ticked. */
function Channels({ chosen, onChange }: ChannelsProps) {
  const { data } = useQuery(channelsQuery());
  if (!data?.length) return null;
  return data.map(({ id, name }) => (
    <Tick
      key={id}
      label={`Tell ${name}`}
      checked={chosen.includes(id)}
      onChange={(ticked) => onChange(ticked ? [...chosen, id] : chosen.filter((one) => one !== id))}
    />
  ));
}
