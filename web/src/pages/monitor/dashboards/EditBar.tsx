import { Plus } from "lucide-react";
import { Button } from "../../../parts/Button";
import classes from "./dashboards.module.css";
import { REFRESHES } from "./model";
import type { Editing } from "./useEditing";

/** What a dashboard is called, and the buttons that keep or drop what was changed. */
export function EditBar({ edit }: { edit: Editing }) {
  const { shown, saving, set } = edit;
  return (
    <form
      className={classes.editBar}
      aria-label="Edit the dashboard"
      onSubmit={(event) => {
        event.preventDefault();
        edit.save();
      }}
    >
      <input
        className={classes.nameField}
        aria-label="Name"
        value={shown.name}
        maxLength={200}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <input
        className={classes.descriptionField}
        aria-label="What it is for"
        placeholder="What it is for"
        value={shown.description}
        maxLength={2000}
        onChange={(event) => set({ description: event.currentTarget.value })}
      />
      <select
        className={classes.refreshField}
        aria-label="Asks anew by itself"
        value={shown.refresh_s ?? ""}
        onChange={(event) => set({ refresh_s: Number(event.currentTarget.value) || null })}
      >
        <option value="">Never by itself</option>
        {REFRESHES.map(({ value, label }) => (
          <option key={value} value={value}>
            Every {label}
          </option>
        ))}
      </select>
      <span className={classes.editButtons}>
        <Button icon={Plus} onClick={edit.add}>
          Add panel
        </Button>
        <Button look="quiet" onClick={edit.leave}>
          Cancel
        </Button>
        <Button
          type="submit"
          look="primary"
          disabled={saving.isPending || !shown.name.trim()}
          title={edit.dirty ? undefined : "Nothing has changed"}
        >
          Save
        </Button>
      </span>
    </form>
  );
}
