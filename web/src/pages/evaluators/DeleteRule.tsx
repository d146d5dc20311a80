import { useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import { Confirm } from "../settings/Confirm";
import { EVALUATORS, type Rule, rulePath } from "./queries";

/** Deletes a rule after asking once more. */
export function DeleteRule({ rule, onGone }: { rule: Rule; onGone: () => void }) {
  const cache = useQueryClient();
  return (
    <Confirm
      word="Delete"
      sure="Delete now"
      onConfirm={async () => {
        await send("DELETE", rulePath(rule.id));
        onGone();
        void cache.invalidateQueries({ queryKey: EVALUATORS, refetchType: "none" });
      }}
    >
      It stops at once. The scores that it gave stay.
    </Confirm>
  );
}
