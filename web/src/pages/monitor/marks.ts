/** Releases and versions of prompts that came in the time of the page, as marks of its charts. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Search } from "../../address";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { components } from "../../api/openapi";
import type { Mark } from "../../charts/marks";
import { conditionsText, is } from "../../filter/conditions";
import type { TimeRange } from "../../timeRange";
import { tracesLink } from "../overview/links";

type Schemas = components["schemas"];
type FirstSeen = Schemas["FirstSeen"];

/** A chart with more lines than these shows lines only. */
const MOST = 50;

export interface PageMarks {
  /** Whether charts have them, as the address says. */
  shown: boolean;
  /** In order of time. */
  marks: readonly Mark[];
  /** How many there are in this time, the older ones too. */
  count: number;
  error: Error | null;
  /** Those that charts draw. */
  drawn: readonly Mark[];
}

const NONE: readonly Mark[] = [];

/** What came in a time; without a beginning it is since the first trace. */
export function useMarks(
  project: string,
  search: Search,
  range: TimeRange,
  within: { from?: string; to?: string } | null,
): PageMarks {
  const shown = search.marks !== "off";
  const asked = { project, ...within, limit: MOST };
  const { data, error } = useQuery({
    queryKey: keys.firstSeen(asked),
    queryFn: ({ signal }) => get<Schemas["FirstSeenList"]>("metrics/first-seen", asked, signal),
    enabled: within !== null,
    placeholderData: (before) => before,
  });
  // A project whose address has not changed draws equal marks, not its charts anew.
  const where = JSON.stringify(range);
  const marks = useMemo(() => {
    const found = data?.items ?? [];
    return found.map((one) => markOf(project, JSON.parse(where), one)).toReversed();
  }, [data, project, where]);
  return { shown, marks, count: data?.count ?? 0, error, drawn: shown ? marks : NONE };
}

/** What came as a mark that leads to what was recorded of it. */
export function markOf(project: string, range: TimeRange, found: FirstSeen): Mark {
  const { kind, name, version } = found;
  const isRelease = kind === "release";
  const conditions = isRelease
    ? [is("release", name)]
    : [is("prompt.name", name), ...(version ? [is("prompt.version", version)] : [])];
  return {
    key: JSON.stringify([kind, name, version]),
    at: Date.parse(found.first_seen_at),
    name: isRelease ? `Release ${name}` : `Prompt ${name}${version ? `, version ${version}` : ""}`,
    link: tracesLink(project, range, {
      scope: isRelease ? undefined : "spans",
      chips: conditionsText(conditions),
    }),
  };
}
