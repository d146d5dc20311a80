import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { get } from "../api/client";
import { EXPERIMENTS, type Experiment } from "../api/evaluation";
import { projectsQuery } from "../api/projects";
import type { Page } from "../api/types";

const MOST = 1000;

/** The project of the address when the server knows none of that name; null while that is open. */
export function useMissingProject(): string | null {
  const { project } = useParams({ strict: false }) as { project?: string };
  const { data, isFetching, refetch } = useQuery(projectsQuery());
  const [checked, setChecked] = useState<string | null>(null);
  const known = data?.items ?? [];
  const absent =
    !!project && !!data && known.length < MOST && !known.some((one) => one.name === project);

  // The list may be older than the project: it is asked for once more before it is believed.
  useEffect(() => {
    if (!absent || checked === project) return;
    setChecked(project ?? null);
    void refetch();
  }, [absent, checked, project, refetch]);

  // Experiments keep their runs in projects of their own, which the list leaves out.
  const unlisted = absent && checked === project && !isFetching;
  const experiments = useQuery({
    queryKey: [EXPERIMENTS, "of project", project],
    enabled: unlisted,
    queryFn: ({ signal }) =>
      get<Page<Experiment>>("experiments", { q: project, stats: false, limit: 1000 }, signal),
  });
  if (!unlisted || experiments.isPending) return null;
  return experiments.data?.items.some((one) => one.project === project) ? null : project;
}
