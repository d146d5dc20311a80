import { useQueryClient } from "@tanstack/react-query";
import { ALERTS, type Alert, alertPath } from "../../api/alerts";
import { send } from "../../api/client";
import { Confirm } from "../settings/Confirm";

/** Deletes a rule after asking once more. */
export function DeleteAlert({ rule, onGone }: { rule: Alert; onGone: () => void }) {
  const cache = useQueryClient();
  return (
    <Confirm
      word="Delete"
      sure="Delete now"
      onConfirm={async () => {
        await send("DELETE", alertPath(rule.id));
        onGone();
        cache.removeQueries({ queryKey: [...ALERTS, rule.id] });
        void cache.invalidateQueries({ queryKey: ALERTS });
      }}
    >
      Its history goes too. Who was told of an open episode is told that it ended.
    </Confirm>
  );
}
