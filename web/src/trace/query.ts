/** What is asked for one trace; light, so that a route can ask before the page's code is there. */
import { get } from "../api/client";
import { keys } from "../api/keys";
import { detailOf, type Outline } from "./outline";

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
