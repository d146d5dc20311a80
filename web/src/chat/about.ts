import { createContext, useContext } from "react";
import type { About } from "./page";

/** What the server tells of the target; null until it has. */
export const AboutContext = createContext<About | null>(null);

export function useAbout(): About | null {
  return useContext(AboutContext);
}
