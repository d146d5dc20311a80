/** What is asked for one trace; light, so that a route can ask before the page's code is there. */
import { get } from "../api/client";
import { keys } from "../api/keys";
import { detailOf, type Outline, type Previews } from "./outline";

export function traceQuery(project: string, traceId: string) {
  return {
    queryKey: keys.trace(project, traceId),
    // comparing tens of thousands of spans with what was there takes longer than drawing them anew
    structuralSharing: false,
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const path = `traces/${encodeURIComponent(traceId)}/outline`;
      return detailOf(await get<Outline>(path, { project }, signal));
    },
  };
}

/** The beginnings of what was said, as it was when the outline came. */
export function previewsQuery(project: string, traceId: string, outlinedAt: number) {
  return {
    queryKey: [...keys.trace(project, traceId), "previews", outlinedAt],
    structuralSharing: false as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<Previews>(`traces/${encodeURIComponent(traceId)}/previews`, { project }, signal),
  };
}
