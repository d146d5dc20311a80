/** Tabs of one browser tell each other what changed; other devices are asked on coming back. */
import { useEffect, useRef } from "react";

const channel = "BroadcastChannel" in window ? new BroadcastChannel("pilothouse-chat") : null;

export function tellTabs(thread: string): void {
  channel?.postMessage(thread);
}

/** Called when another tab changed this conversation or another, and when one comes back here. */
export function useTabs(thread: string, onChange: () => void): void {
  const change = useRef(onChange);
  change.current = onChange;

  useEffect(() => {
    const told = (event: MessageEvent) => event.data === thread && change.current();
    const back = () => document.visibilityState === "visible" && change.current();
    channel?.addEventListener("message", told);
    window.addEventListener("focus", back);
    document.addEventListener("visibilitychange", back);
    return () => {
      channel?.removeEventListener("message", told);
      window.removeEventListener("focus", back);
      document.removeEventListener("visibilitychange", back);
    };
  }, [thread]);
}
