import { Choice, Field } from "../../parts/Field";
import form from "../../parts/form.module.css";
import type { GuardDraft } from "./guards";

interface Props {
  guard: GuardDraft;
  onChange: (guard: GuardDraft) => void;
}

const FAILURES = [
  { value: "open", label: "It passes (fail open)" },
  { value: "closed", label: "It is blocked (fail closed)" },
];
const SIDES = [
  { value: "", label: "The evaluator's worse side" },
  { value: "below", label: "Below the threshold" },
  { value: "above", label: "Above the threshold" },
];

/** How a guard answers: how soon, what blocks, and what no verdict means. */
export function RuleGuard({ guard, onChange }: Props) {
  const change = (patch: Partial<GuardDraft>) => onChange({ ...guard, ...patch });
  return (
    <>
      <div className={form.pair}>
        <Field
          label="The application waits, in ms"
          value={guard.latency}
          onChange={(latency) => change({ latency })}
          inputMode="numeric"
          className="num"
          help="It is answered by then, whatever happens."
        />
        <Choice
          label="Without a verdict in time"
          value={guard.onFailure}
          options={FAILURES}
          onChange={(next) => change({ onFailure: next as GuardDraft["onFailure"] })}
          help="The same where the evaluator fails, something is missing, or a limit is reached."
        />
      </div>
      <div className={form.pair}>
        <Field
          label="Threshold"
          value={guard.threshold}
          onChange={(threshold) => change({ threshold })}
          inputMode="decimal"
          className="num"
          help="A score of just this passes."
        />
        <Choice
          label="Blocks"
          value={guard.blocks}
          options={SIDES}
          onChange={(next) => change({ blocks: next as GuardDraft["blocks"] })}
        />
      </div>
    </>
  );
}
