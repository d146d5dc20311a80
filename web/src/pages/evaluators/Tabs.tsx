import type { ReactNode } from "react";
import classes from "./evaluators.module.css";

interface Props<T extends string> {
  label: string;
  tabs: readonly T[];
  names: Record<T, string>;
  chosen: T;
  onChoose: (tab: T) => void;
  /** The right end of the line. */
  children?: ReactNode;
}

/** The views of a page; the panel below has the id `view`. */
export function Tabs<T extends string>(props: Props<T>) {
  const { label, tabs, names, chosen, onChoose, children } = props;
  return (
    <div className={classes.tabLine}>
      <div className={classes.tabs} role="tablist" aria-label={label}>
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`view-${one}`}
            aria-selected={one === chosen}
            aria-controls="view"
            className={classes.tab}
            onClick={() => onChoose(one)}
          >
            {names[one]}
          </button>
        ))}
      </div>
      {children}
    </div>
  );
}
