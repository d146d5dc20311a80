import { useEffect, useRef } from "react";
import { useAddress } from "../../../address";

export interface Refresh {
  /** In seconds; null for not by itself. */
  every: number | null;
  choose: (seconds: number | null) => void;
}

/** Asks anew by itself while somebody can see it: as often as the address says, else the dashboard. */
export function useRefresh(usual: number | null, ask: () => void): Refresh {
  const [search, change] = useAddress();
  const chosen = Number(search.refresh);
  const every = search.refresh === "off" ? null : chosen >= 5 ? chosen : usual;
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    if (every === null) return;
    const timer = setInterval(() => !document.hidden && latest.current(), every * 1000);
    return () => clearInterval(timer);
  }, [every]);

  return {
    every,
    choose: (seconds) =>
      change({
        refresh: seconds === usual ? undefined : seconds === null ? "off" : String(seconds),
      }),
  };
}
