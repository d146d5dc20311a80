import { useState } from "react";
import type { Release, Verb } from "../../api/releases";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import form from "../../parts/form.module.css";
import { Problem } from "../../parts/Problem";
import { stageName, VERBS } from "./words";

interface Props {
  release: Release;
  verb: Verb;
  pending: boolean;
  error: Error | null;
  onKeep: () => void;
  onMove: (reason: string, arm: string) => void;
}

/** Says what will happen, and asks why. */
export function AskMove({ release, verb, pending, error, onKeep, onMove }: Props) {
  const [reason, setReason] = useState("");
  const arms = release.kind === "ab" ? (release.arms ?? []).map((arm) => arm.name) : [];
  const [arm, setArm] = useState(arms.at(-1) ?? "");
  const choosing = verb === "promote" && arms.length > 0;
  return (
    <form
      className={form.form}
      onSubmit={(event) => {
        event.preventDefault();
        onMove(reason, choosing ? arm : "");
      }}
    >
      <p>{saying(release, verb)}</p>
      {choosing && (
        <Choice
          label="Which arm"
          value={arm}
          options={arms.map((one) => ({ value: one, label: one }))}
          onChange={setArm}
        />
      )}
      <Field
        label="Why"
        value={reason}
        onChange={setReason}
        maxLength={2000}
        help="It stands in the audit trail, with the figures of now."
        data-autofocus
      />
      <Problem error={error} />
      <div className={form.actions} data-dialog>
        <Button look="quiet" onClick={onKeep}>
          Cancel
        </Button>
        <Button
          type="submit"
          look={verb === "rollback" || verb === "stop" ? "danger" : "primary"}
          disabled={pending}
        >
          {VERBS[verb]}
        </Button>
      </div>
    </form>
  );
}

function saying(release: Release, verb: Verb): string {
  const route = release.route;
  switch (verb) {
    case "promote":
      return `Everybody who asks for ${route} gets it from now on. It can be rolled back later.`;
    case "rollback":
      return `Nobody who asks for ${route} gets the challenger any more, from now on.`;
    case "advance": {
      const next = release.stages[release.stage + 1];
      return `The next stage is ${stageName(next ?? null)}. The rule would still have waited.`;
    }
    case "pause":
      return "It stays at its share. Harm still rolls it back by itself.";
    case "resume":
      return "The rule goes on from where it is.";
    case "stop":
      return `${route} is as it was before, for everybody.`;
  }
}
