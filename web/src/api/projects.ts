import { queryOptions } from "@tanstack/react-query";
import { get } from "./client";
import { keys } from "./keys";
import type { Page, Project } from "./types";

/** All projects of the server (the first thousand by name). */
export function projectsQuery() {
  return queryOptions({
    queryKey: keys.projects(),
    queryFn: ({ signal }) => get<Page<Project>>("projects", { limit: 1000 }, signal),
    staleTime: 30_000,
  });
}

/** What arrived in each project, by its name: counts and the last 24 hours. */
export function activityQuery() {
  return queryOptions({
    queryKey: [...keys.projects(), "activity"],
    queryFn: async ({ signal }) => {
      const params = { limit: 1000, extras: true };
      const { items } = await get<Page<Project>>("projects", params, signal);
      return new Map(items.map((one) => [one.name, one]));
    },
  });
}
