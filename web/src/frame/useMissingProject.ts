import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { projectsQuery } from "../api/projects";

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

  return absent && checked === project && !isFetching ? project : null;
}
