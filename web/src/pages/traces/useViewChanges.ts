import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Search } from "../../address";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { SavedView } from "../../api/types";

type Change = Pick<SavedView, "id"> & Partial<Pick<SavedView, "name" | "filter" | "state">>;

/** What can be done with the saved views of a project. */
export function useViewChanges(project: string, onChange: (patch: Search) => void) {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: keys.views(project) });
  const save = useMutation({
    mutationFn: (body: Omit<SavedView, "id" | "created_at">) =>
      send<SavedView>("POST", "views", body),
    onSuccess: async (view) => {
      await refresh();
      onChange({ view: view.id });
    },
  });
  const change = useMutation({
    mutationFn: ({ id, ...patch }: Change) => send<SavedView>("PATCH", `views/${id}`, patch),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: (id: string) => send("DELETE", `views/${id}`),
    onSuccess: async () => {
      onChange({ view: undefined });
      await refresh();
    },
  });
  return { save, change, remove };
}
