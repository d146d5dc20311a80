import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./tabs.module.css";

interface Props<T extends string> {
  label: string;
  tabs: readonly T[];
  names: Record<T, string>;
  icons?: Partial<Record<T, LucideIcon>>;
  chosen: T;
  onChoose: (tab: T) => void;
  /** Those that have nothing to show yet. */
  isShut?: (tab: T) => boolean;
  /** The right end of the line. */
  children?: ReactNode;
}

/** The views of a page; what the chosen one shows has the attributes of `panelOf`. */
export function Tabs<T extends string>(props: Props<T>) {
  const { label, tabs, names, icons, chosen, onChoose, isShut, children } = props;
  return (
    <div className={classes.line}>
      <div className={classes.tabs} role="tablist" aria-label={label}>
        {tabs.map((one) => {
          const Icon: LucideIcon | undefined = icons?.[one];
          return (
            <button
              key={one}
              type="button"
              role="tab"
              id={`view-${one}`}
              aria-selected={one === chosen}
              aria-controls="view"
              className={classes.tab}
              disabled={isShut?.(one)}
              onClick={() => onChoose(one)}
            >
              {Icon && <Icon size={13} strokeWidth={1.75} aria-hidden />}
              {names[one]}
            </button>
          );
        })}
      </div>
      {children}
    </div>
  );
}

/** Makes a box the panel of a tab. */
export function panelOf(tab: string) {
  return { role: "tabpanel", id: "view", "aria-labelledby": `view-${tab}` };
}
