import { useState } from "react";
import { ALERTS, MAINTENANCE } from "../../api/alerts";
import { send } from "../../api/client";
import { queries } from "../../api/queries";
import { useSaving } from "../../api/useSaving";
import { Dialog } from "../../parts/Dialog";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import field from "../../parts/field.module.css";
import form from "../../parts/form.module.css";
import { Tick } from "../../parts/Tick";
import forms from "./forms.module.css";
import { DAY_NAMES, DAYS, newWindow, scheduleOf, type WindowDraft, windowProblem } from "./windows";

interface Props {
  project: string;
  opened: boolean;
  onClose: () => void;
}

/** A new time in which nobody is told of a project's alerts. */
export function MaintenanceForm({ project, opened, onClose }: Props) {
  return (
    <Dialog opened={opened} onClose={onClose} title="New maintenance" size={480}>
      {opened && <Fields project={project} onClose={onClose} />}
    </Dialog>
  );
}

function Fields({ project, onClose }: Omit<Props, "opened">) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [draft, setDraft] = useState(() => newWindow(here));
  const change = (patch: Partial<WindowDraft>) => setDraft((before) => ({ ...before, ...patch }));
  const saving = useSaving(
    () =>
      send("POST", "alerts/maintenance", {
        project,
        name: draft.name.trim(),
        schedule: scheduleOf(draft),
      }),
    MAINTENANCE,
    () => {
      void queries.invalidateQueries({ queryKey: ALERTS });
      onClose();
    },
  );
  return (
    <Form saving={saving} word="Add" disabled={windowProblem(draft) !== null} onCancel={onClose}>
      <Field
        label="Name"
        value={draft.name}
        onChange={(name) => change({ name })}
        maxLength={200}
        placeholder="Nightly import"
        autoComplete="off"
        data-autofocus
      />
      <Choice
        label="How often"
        value={draft.kind}
        options={[
          { value: "once", label: "Once" },
          { value: "weekly", label: "Each week" },
        ]}
        onChange={(kind) => change({ kind: kind as WindowDraft["kind"] })}
      />
      {draft.kind === "once" ? <Once {...{ draft, change }} /> : <Weekly {...{ draft, change }} />}
      <p className={field.below}>{windowProblem(draft)}</p>
    </Form>
  );
}

interface PartProps {
  draft: WindowDraft;
  change: (patch: Partial<WindowDraft>) => void;
}

function Once({ draft, change }: PartProps) {
  return (
    <div className={form.pair}>
      <Field
        label="From"
        type="datetime-local"
        value={draft.from}
        onChange={(from) => change({ from })}
        help="By the clock of this computer."
      />
      <Field label="To" type="datetime-local" value={draft.to} onChange={(to) => change({ to })} />
    </div>
  );
}

function Weekly({ draft, change }: PartProps) {
  return (
    <>
      <fieldset className={forms.days}>
        <legend className={field.label}>On</legend>
        {DAYS.map((one) => (
          <Tick
            key={one}
            label={DAY_NAMES[one]}
            checked={draft.days.includes(one)}
            onChange={(on) =>
              change({ days: on ? [...draft.days, one] : draft.days.filter((day) => day !== one) })
            }
          />
        ))}
      </fieldset>
      <div className={form.triple}>
        <Field
          label="From"
          type="time"
          value={draft.start}
          onChange={(start) => change({ start })}
        />
        <Field
          label="For so many minutes"
          value={draft.minutes}
          onChange={(minutes) => change({ minutes })}
          inputMode="numeric"
        />
        <Field
          label="By the clocks of"
          value={draft.timezone}
          onChange={(timezone) => change({ timezone })}
          autoComplete="off"
        />
      </div>
    </>
  );
}
