import { useParams } from "@tanstack/react-router";
import { createContext, useContext, useEffect } from "react";

const LAST = "pilothouse-project";

/** The project that was open last in this browser, if any. */
export function lastProject(): string | null {
  try {
    return localStorage.getItem(LAST);
  } catch {
    return null;
  }
}

/** The project of the page, else the one that was open last; empty when there is none. */
export function useProject(): string {
  const { project } = useParams({ strict: false }) as { project?: string };
  useEffect(() => {
    if (!project) return;
    try {
      localStorage.setItem(LAST, project);
    } catch {
      // private windows may refuse: the next visit then starts with the first project
    }
  }, [project]);
  return project ?? lastProject() ?? "";
}

interface RailDrawer {
  open: () => void;
}

export const RailDrawerContext = createContext<RailDrawer>({ open: () => {} });

/** Opens the rail where it is a drawer (on the phone). */
export function useRailDrawer(): RailDrawer {
  return useContext(RailDrawerContext);
}
