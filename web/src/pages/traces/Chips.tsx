import type { Search } from "../../address";
import { type Condition, conditionText } from "../../filter/conditions";
import { Button } from "../../parts/Button";
import { Chip } from "../../parts/Chip";
import { brushLabel } from "./ChartStrip";
import { fieldLabel } from "./facetList";
import { brushOf, type TableState } from "./state";
import classes from "./traces.module.css";

interface Props {
  state: TableState;
  inputRef: React.RefObject<HTMLInputElement | null>;
  onAddress: (patch: Search) => void;
  onChips: (chips: readonly Condition[]) => void;
  onWiden: () => void;
}

/** The conditions beside the filter bar, and the part of the time that was dragged out. */
export function Chips({ state, inputRef, onAddress, onChips, onWiden }: Props) {
  const { chips } = state;
  const brush = brushOf(state);

  /** Takes a chip into the bar, where it can be edited as text. */
  function edit(chip: Condition) {
    const rest = chips.filter((one) => one !== chip);
    const text = conditionText(chip);
    onChips(rest);
    onAddress({ filter: state.bar.trim() ? `${state.bar.trim()} and ${text}` : text });
    requestAnimationFrame(() => inputRef.current?.focus());
  }

  return (
    <>
      {chips.map((chip) => (
        <Chip
          key={conditionText(chip)}
          {...chipFace(chip)}
          onEdit={() => edit(chip)}
          onRemove={() => onChips(chips.filter((one) => one !== chip))}
        />
      ))}
      {brush && <Chip field="start" value={brushLabel(brush)} brush onRemove={onWiden} />}
      {(chips.length > 0 || brush !== null) && (
        <Button
          look="quiet"
          small
          className={classes.clearAll}
          onClick={() => {
            onChips([]);
            if (brush) onWiden();
          }}
        >
          Clear
        </Button>
      )}
    </>
  );
}

function chipFace(chip: Condition): {
  field: string;
  operator?: string;
  value: string;
  excluded?: boolean;
  brush?: boolean;
} {
  switch (chip.kind) {
    case "is":
      return { field: fieldLabel(chip.field), value: chip.values.join(", "), excluded: chip.not };
    case "known":
      return { field: fieldLabel(chip.field), value: "known", excluded: chip.not };
    case "range": {
      const { from, to } = chip;
      const field = fieldLabel(chip.field);
      if (from !== null && to !== null) return { field, value: `${from} – ${to}`, brush: true };
      return from !== null
        ? { field, operator: "≥", value: String(from), brush: true }
        : { field, operator: "≤", value: String(to), brush: true };
    }
    case "other":
      return { field: "", value: chip.text };
  }
}
