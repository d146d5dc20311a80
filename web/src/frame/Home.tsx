import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { projectsQuery } from "../api/projects";
import { ErrorState } from "../parts/states";
import { usualProject } from "./project";

/** `/`: the project that was open last, else the first, else how to get a trace in. */
export function Home() {
  const { data, error, refetch } = useQuery(projectsQuery());
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (!data) return null;
  const project = usualProject(data.items);
  if (!project) return <Navigate to="/onboarding" replace />;
  return <Navigate to="/p/$project/overview" params={{ project: project.name }} replace />;
}
