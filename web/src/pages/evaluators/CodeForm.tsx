import { CodeField } from "./CodeField";
import { type Draft, parametersOf } from "./definition";

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

export function CodeForm({ draft, onChange }: Props) {
  const read = parametersOf(draft.source);
  return (
    <CodeField
      label="Python"
      value={draft.source}
      onChange={(source) => onChange({ source })}
      help={
        <>
          {read.length > 0 && `Reads ${read.join(", ")}. `}
          Return a number, true or false, or {"{"}"score": …, "comment": …{"}"}. It runs in a
          process of its own: no network, and limits on time and memory.
        </>
      }
    />
  );
}
