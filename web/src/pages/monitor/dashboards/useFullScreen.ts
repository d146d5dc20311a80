import { useEffect } from "react";
import { useAddress } from "../../../address";
import { useKeys } from "../../../keys";

/**
 * Whether the board takes the whole window, as its address says: a link opens it so on a wall.
 * The browser's own full screen comes on top of that where it lets us.
 */
export function useFullScreen() {
  const [search, change] = useAddress();
  const full = search.full === "1";

  useEffect(() => {
    const left = () => !document.fullscreenElement && change({ full: undefined }, "typing");
    document.addEventListener("fullscreenchange", left);
    return () => document.removeEventListener("fullscreenchange", left);
  }, [change]);

  async function toggle() {
    change({ full: full ? undefined : "1" });
    try {
      if (full && document.fullscreenElement) await document.exitFullscreen();
      else if (!full) await document.documentElement.requestFullscreen();
    } catch {
      // The browser may refuse: the board fills its window all the same.
    }
  }

  useKeys("Board", [
    { key: "f", what: "Full screen", run: () => void toggle() },
    ...(full
      ? [{ key: "Escape", what: "Leave full screen", run: () => change({ full: undefined }) }]
      : []),
  ]);
  return { full, toggle: () => void toggle() };
}
