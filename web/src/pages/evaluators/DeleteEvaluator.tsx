import { Modal } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
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
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={`Delete ${evaluator.name}?`}
        size={440}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {opened && (
          <Asked
            project={project}
            evaluator={evaluator}
            onKeep={() => setOpened(false)}
            onGone={onGone}
          />
        )}
      </Modal>
    </>
  );
}

function Asked({ project, evaluator, onKeep, onGone }: Props & { onKeep: () => void }) {
  const cache = useQueryClient();
  const known = useInfiniteQuery(rulesQuery(project, evaluator.id));
  const rules = known.data?.pages.flatMap((page) => page.items);
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
  const wrong = deletion.error ?? known.error;
  return (
    <>
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
      {wrong && (
        <p className={classes.problem} role="alert">
          {wrong.message}
        </p>
      )}
      <div className={classes.ask}>
        <Button look="quiet" onClick={onKeep} data-autofocus>
          Keep
        </Button>
        <Button
          className={classes.danger}
          disabled={!rules || deletion.isPending}
          onClick={() => deletion.mutate()}
        >
          Delete the evaluator
        </Button>
      </div>
    </>
  );
}
