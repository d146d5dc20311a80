import { useState } from "react";
import field from "../parts/field.module.css";
import { Labelled } from "../parts/Labelled";
import classes from "./form.module.css";

interface Props {
  label: string;
  help?: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Any value, written as JSON; a text that is no JSON is taken as a text. */
export function JsonInput({ label, help, value, onChange }: Props) {
  const [text, setText] = useState(() =>
    value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2),
  );
  const looksJson = /^\s*[[{"]/.test(text);
  const wrong = looksJson && read(text) === undefined;
  return (
    <Labelled
      label={`${label}, as JSON`}
      below={wrong ? "This is no JSON yet." : help}
      wrong={wrong}
    >
      {(control) => (
        <textarea
          {...control}
          className={`${field.input} ${classes.text}`}
          data-mono
          rows={4}
          value={text}
          onChange={(event) => {
            const now = event.currentTarget.value;
            setText(now);
            onChange(now.trim() === "" ? undefined : (read(now) ?? now));
          }}
        />
      )}
    </Labelled>
  );
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
