import type { ImportPreview } from "../../api/evaluation";
import classes from "./datasets.module.css";
import own from "./import.module.css";
import { type ColumnUse, PLACES, type Place } from "./mapping";

interface Props {
  columns: ImportPreview["columns"];
  uses: readonly ColumnUse[];
  onChange: (uses: ColumnUse[]) => void;
}

const WORDS: Record<Place, string> = {
  inputs: "Inputs",
  outputs: "Outputs",
  metadata: "Metadata",
  split: "Split",
  id: "Id",
  nothing: "Leave out",
};

/** One line a column of the file: what it becomes, under which name. */
export function MappingTable({ columns, uses, onChange }: Props) {
  const samples = new Map(columns.map((column) => [column.name, column.sample]));
  const set = (column: string, patch: Partial<ColumnUse>) =>
    onChange(uses.map((use) => (use.column === column ? { ...use, ...patch } : use)));
  return (
    <table className={own.mapping}>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">First value</th>
          <th scope="col">Becomes</th>
          <th scope="col">Field</th>
        </tr>
      </thead>
      <tbody>
        {uses.map((use) => {
          const sample = samples.get(use.column);
          const named = !["split", "id", "nothing"].includes(use.place);
          const whole = named && use.field === "";
          return (
            <tr key={use.column}>
              <td>{use.column}</td>
              <td className={classes.quiet}>
                {typeof sample === "string" ? sample : JSON.stringify(sample)}
              </td>
              <td>
                <select
                  aria-label={`${use.column} becomes`}
                  value={use.place}
                  onChange={(event) =>
                    set(use.column, {
                      place: event.currentTarget.value as Place,
                      field: use.field || use.column,
                    })
                  }
                >
                  {PLACES.map((place) => (
                    <option key={place} value={place}>
                      {WORDS[place]}
                    </option>
                  ))}
                </select>
              </td>
              <td>
                {whole ? (
                  <span className={classes.quiet}>all of them</span>
                ) : named ? (
                  <input
                    aria-label={`Field of ${use.column}`}
                    defaultValue={use.field}
                    key={`${use.place} ${use.field}`}
                    onBlur={(event) => {
                      const field = event.currentTarget.value.trim() || use.column;
                      if (field !== use.field) set(use.column, { field });
                    }}
                    onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
                  />
                ) : null}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
