import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { itemsOf } from "../../api/pages";
import { plural } from "../../format";
import { AskDelete } from "../../parts/AskDelete";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import type { OfEvaluator } from "./EvaluatorHead";
import classes from "./evaluators.module.css";
import { EVALUATORS, evaluatorPath, rulePath, rulesQuery } from "./queries";

interface Props extends OfEvaluator {
  onGone: () => void;
}

/** Deletes an evaluator with its rules, once it was said what stops. */
export function DeleteEvaluator({ project, evaluator, onGone }: Props) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button icon={Trash2} onClick={() => setOpened(true)} aria-label="Delete the evaluator" />
      <Dialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={`Delete ${evaluator.name}?`}
        size={440}
      >
        {opened && (
          <Asked
            project={project}
            evaluator={evaluator}
            onKeep={() => setOpened(false)}
            onGone={onGone}
          />
        )}
      </Dialog>
    </>
  );
}

function Asked({ project, evaluator, onKeep, onGone }: Props & { onKeep: () => void }) {
  const cache = useQueryClient();
  const known = useInfiniteQuery(rulesQuery(project, evaluator.id));
  const rules = itemsOf(known.data);
  const deletion = useMutation({
    mutationFn: async () => {
      // a rule without what it runs is refused: they go first
      for (const rule of rules ?? []) await send<void>("DELETE", rulePath(rule.id));
      await send<void>("DELETE", evaluatorPath(evaluator.id));
    },
    onSuccess: () => {
      onGone();
      void cache.invalidateQueries({ queryKey: EVALUATORS, refetchType: "none" });
    },
  });
  return (
    <AskDelete
      deletion={{ ...deletion, error: deletion.error ?? known.error }}
      word="Delete the evaluator"
      disabled={!rules}
      onKeep={onKeep}
    >
      {rules && rules.length > 0 ? (
        <>
          <p>
            {rules.length === 1 ? "This rule stops and goes too:" : "These rules stop and go too:"}
          </p>
          <ul className={classes.stops}>
            {rules.map((rule) => (
              <li key={rule.id} dir="auto">
                {rule.name}
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>{rules ? "No rule runs it." : "Looking for rules that run it…"}</p>
      )}
      {evaluator.verdicts > 0 && (
        <p>The {plural(evaluator.verdicts, "score")} that it gave stay.</p>
      )}
    </AskDelete>
  );
}
