import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ALERTS, type Alert, alertPath } from "../../api/alerts";
import { send } from "../../api/client";

type Change = { until: string | null } | { enabled: boolean };

/** Mutes a rule, or switches it on and off; all that stands of rules is asked for anew. */
export function useAlertChange(id: string, onDone?: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: Change) =>
      "until" in change
        ? send<Alert>("POST", alertPath(id, "/mute"), change)
        : send<Alert>("PATCH", alertPath(id), change),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ALERTS });
      onDone?.();
    },
  });
}
