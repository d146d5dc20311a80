import { type Ref, useEffect, useState } from "react";
import classes from "./field.module.css";

interface Props {
  label: string;
  value: string;
  /** Told once nothing was typed for a moment. */
  onChange: (value: string) => void;
  /** As wide as what it stands in. */
  wide?: boolean;
  ref?: Ref<HTMLInputElement>;
}

/** A field that narrows a list while one types. */
export function FindField({ label, value, onChange, wide, ref }: Props) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), 200);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <input
      ref={ref}
      className={classes.find}
      data-wide={wide || undefined}
      type="search"
      placeholder={label}
      aria-label={label}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
