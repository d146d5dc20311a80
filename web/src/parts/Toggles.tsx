import classes from "./toggles.module.css";

interface Props<T extends string> {
  label: string;
  values: readonly T[];
  /** What stands on them, where that is not the value. */
  names?: Record<T, string>;
  chosen: T;
  onChoose: (value: T) => void;
}

/** One of a few, all in sight: the chosen one is pressed. */
export function Toggles<T extends string>({ label, values, names, chosen, onChoose }: Props<T>) {
  return (
    <div className={classes.toggles} role="group" aria-label={label}>
      {values.map((one) => (
        <button key={one} type="button" aria-pressed={one === chosen} onClick={() => onChoose(one)}>
          {names ? names[one] : one}
        </button>
      ))}
    </div>
  );
}
