import { Field } from "../../parts/Field";
import { Tick } from "../../parts/Tick";
import type { Wrong } from "./AlertForm";
import type { AlertDraft } from "./draft";

interface Props {
  draft: AlertDraft;
  wrong: Wrong;
  onChange: (patch: Partial<AlertDraft>) => void;
}

/** Which machines a rule watches, and whether each for itself. */
export function HostFields({ draft, wrong, onChange }: Props) {
  return (
    <>
      <Field
        label="Hosts"
        value={draft.filter}
        onChange={(filter) => onChange({ filter })}
        error={wrong("filter")}
        placeholder="all; or names, such as web-*, db-1"
        autoComplete="off"
        spellCheck={false}
        mono
      />
      <Tick
        label="Watch each host for itself"
        help="Else the busiest of all is looked at."
        checked={draft.groupBy !== ""}
        onChange={(each) => onChange({ groupBy: each ? HOST : "" })}
      />
    </>
  );
}

/** What hosts are told apart by. */
export const HOST = "host.name";
