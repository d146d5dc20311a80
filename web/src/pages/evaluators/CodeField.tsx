import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";
import field from "../../parts/field.module.css";
import { highlight } from "../onboarding/highlight";
import classes from "./code.module.css";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: ReactNode;
}

/** A field for Python: coloured, and a new line begins where the one before does. */
export function CodeField({ label, value, onChange, help }: Props) {
  const id = useId();
  const coloured = useRef<HTMLPreElement>(null);

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const area = event.currentTarget;
    const before = area.value.slice(0, area.selectionStart).split("\n").at(-1) ?? "";
    const indent = /^\s*/.exec(before)?.[0] ?? "";
    const deeper = before.trimEnd().endsWith(":") ? `${indent}    ` : indent;
    event.preventDefault();
    area.setRangeText(`\n${deeper}`, area.selectionStart, area.selectionEnd, "end");
    onChange(area.value);
  }

  return (
    <div className={field.field}>
      <label className={field.label} htmlFor={id}>
        {label}
      </label>
      <div className={classes.code}>
        <pre ref={coloured} className={classes.coloured} aria-hidden>
          {highlight(value, "python").map((piece) => (
            <span key={piece.start} data-colour={piece.colour}>
              {piece.text}
            </span>
          ))}
          {"\n"}
        </pre>
        <textarea
          id={id}
          className={classes.typed}
          value={value}
          rows={Math.min(26, Math.max(14, value.split("\n").length + 1))}
          spellCheck={false}
          autoCapitalize="off"
          wrap="off"
          onChange={(event) => onChange(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onScroll={(event) => {
            if (!coloured.current) return;
            coloured.current.scrollTop = event.currentTarget.scrollTop;
            coloured.current.scrollLeft = event.currentTarget.scrollLeft;
          }}
          aria-describedby={help ? `${id}-below` : undefined}
        />
      </div>
      {help && (
        <p className={field.below} id={`${id}-below`}>
          {help}
        </p>
      )}
    </div>
  );
}
