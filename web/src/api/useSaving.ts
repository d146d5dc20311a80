import {
  type QueryKey,
  type UseMutationResult,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";

/** Keeps something; what `stale` names is asked for anew before `onSaved` is told. */
export function useSaving<T>(
  keep: () => Promise<T>,
  stale: QueryKey,
  onSaved: (saved: T) => unknown,
): UseMutationResult<T, Error, void> {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: keep,
    onSuccess: async (saved) => {
      await cache.invalidateQueries({ queryKey: stale });
      await onSaved(saved);
    },
  });
}
