import { useEffect, useRef } from "react";
import { compact } from "../format";
import type { Suggestion } from "./complete";
import classes from "./FilterBar.module.css";

interface Props {
  id: string;
  suggestions: readonly Suggestion[];
  chosen: number;
  onTake: (suggestion: Suggestion) => void;
  onHover: (index: number) => void;
}

export function SuggestionList({ id, suggestions, chosen, onTake, onHover }: Props) {
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  });

  return (
    <div ref={list} id={id} role="listbox" aria-label="Suggestions" className={classes.list}>
      <div className={classes.listHead}>
        {[...new Set(suggestions.map((one) => one.group))].join(", ")}
      </div>
      {suggestions.map((one, i) => (
        <button
          type="button"
          tabIndex={-1}
          key={one.label}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === chosen}
          className={classes.option}
          onMouseDown={(event) => event.preventDefault()}
          onMouseMove={() => i !== chosen && onHover(i)}
          onClick={() => onTake(one)}
        >
          <span className={`${classes.optionLabel} ellipsis`} data-group={one.group}>
            {one.label}
          </span>
          <span className={`${classes.optionDetail} ellipsis`}>{one.detail}</span>
          {one.count !== undefined && (
            <span className={`${classes.optionCount} num`}>{compact(one.count)}</span>
          )}
        </button>
      ))}
    </div>
  );
}
