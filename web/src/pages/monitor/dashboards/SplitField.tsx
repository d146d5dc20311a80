import { useState } from "react";
import { Field } from "../../../parts/Field";
import { SPLITS } from "../splits";

interface Props {
  fields: readonly string[];
  several: boolean;
  onChange: (fields: string[]) => void;
}

/** By which fields: of the usual ones, or any other that can be typed. */
export function SplitField({ fields, several, onChange }: Props) {
  const [typed, setTyped] = useState(fields.join(", "));
  return (
    <>
      <Field
        label="Split by"
        value={typed}
        list="split-fields"
        mono
        placeholder="not split"
        help={several ? "Fields, parted by commas." : "model, name, tags, metadata.tier …"}
        onChange={(text) => {
          setTyped(text);
          const named = text.split(",").map((field) => field.trim());
          onChange(named.filter(Boolean).slice(0, several ? 5 : 1));
        }}
      />
      <datalist id="split-fields">
        {SPLITS.map(({ field }) => (
          <option key={field} value={field} />
        ))}
      </datalist>
    </>
  );
}
