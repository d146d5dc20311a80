import type { Search } from "../../address";
import { type Chosen, SPLITS, UNITS } from "./splits";
import classes from "./usage.module.css";

interface Props {
  chosen: Chosen;
  onAddress: (patch: Search) => void;
}

/** By what the rows are split: one or two of them. */
export function SplitChoice({ chosen, onAddress }: Props) {
  return (
    <span className={classes.choices}>
      <label className={classes.choice}>
        <span>By</span>
        <select
          value={chosen.first}
          onChange={(event) => onAddress({ by: event.currentTarget.value })}
        >
          <Options of={SPLITS} />
        </select>
      </label>
      <label className={classes.choice}>
        <span>and</span>
        <select
          value={chosen.second ?? ""}
          onChange={(event) => onAddress({ and: event.currentTarget.value || undefined })}
        >
          <option value="">nothing else</option>
          <Options of={UNITS} />
          <Options of={SPLITS} without={chosen.first} />
        </select>
      </label>
    </span>
  );
}

function Options({ of, without }: { of: Record<string, string>; without?: string }) {
  return Object.entries(of)
    .filter(([name]) => name !== without)
    .map(([name, label]) => (
      <option key={name} value={name}>
        {label}
      </option>
    ));
}
