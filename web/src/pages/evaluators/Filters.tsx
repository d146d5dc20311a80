import classes from "./evaluators.module.css";

interface Props<T extends string> {
  label: string;
  values: readonly T[];
  names: Record<T, string>;
  /** How many there are of each, where it is known. */
  counts?: Partial<Record<T, string>>;
  chosen: T;
  onChoose: (value: T) => void;
}

/** A row of toggles of which one is pressed. */
export function Filters<T extends string>(props: Props<T>) {
  const { label, values, names, counts, chosen, onChoose } = props;
  return (
    <div className={classes.bar}>
      <div className={classes.toggles} role="group" aria-label={label}>
        {values.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === chosen}
            onClick={() => onChoose(one)}
          >
            {names[one]}
            {counts?.[one] !== undefined && <span className="num"> {counts[one]}</span>}
          </button>
        ))}
      </div>
    </div>
  );
}
