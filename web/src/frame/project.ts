import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { createContext, useContext, useEffect } from "react";
import { projectsQuery } from "../api/projects";
import type { Project } from "../api/types";

const LAST = "pilothouse-project";

/** The project that was open last in this browser, if any. */
export function lastProject(): string | null {
  try {
    return localStorage.getItem(LAST);
  } catch {
    return null;
  }
}

/** The project of the page, else the one that was open last or the first; empty without any. */
export function useProject(): string {
  const { project } = useParams({ strict: false }) as { project?: string };
  const { data } = useQuery({ ...projectsQuery(), enabled: !project });
  useEffect(() => {
    if (!project) return;
    try {
      localStorage.setItem(LAST, project);
    } catch {
      // private windows may refuse: the next visit then starts with the first project
    }
  }, [project]);
  return project ?? (data ? (usualProject(data.items)?.name ?? "") : (lastProject() ?? ""));
}

/** The project to show where the address names none: it may have been deleted meanwhile. */
export function usualProject(projects: readonly Project[]): Project | undefined {
  const last = lastProject();
  return projects.find((one) => one.name === last) ?? projects[0];
}

interface RailDrawer {
  open: () => void;
}

export const RailDrawerContext = createContext<RailDrawer>({ open: () => {} });

/** Opens the rail where it is a drawer (on the phone). */
export function useRailDrawer(): RailDrawer {
  return useContext(RailDrawerContext);
}
