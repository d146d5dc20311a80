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
