/** Which conversation is open: it stands in the address. */
import { useCallback, useEffect, useState } from "react";
import { newKey } from "./turn";

export interface Place {
  id: string;
  /** Nothing has been said in it yet. */
  isNew: boolean;
}

function here(): Place {
  const id = new URLSearchParams(window.location.search).get("thread");
  return id ? { id, isNew: false } : { id: newKey(), isNew: true };
}

function addressOf(id: string | null): string {
  const address = new URL(window.location.href);
  if (id) address.searchParams.set("thread", id);
  else address.searchParams.delete("thread");
  return address.href;
}

/** The address of a conversation, for another device. */
export const linkTo = addressOf;

export function usePlace() {
  const [place, setPlace] = useState(here);

  useEffect(() => {
    const moved = () => setPlace(here());
    window.addEventListener("popstate", moved);
    return () => window.removeEventListener("popstate", moved);
  }, []);

  const open = useCallback((id: string | null) => {
    window.history.pushState(null, "", addressOf(id));
    setPlace(id ? { id, isNew: false } : here());
  }, []);

  /** A new conversation gets its address with its first question. */
  const begun = useCallback((id: string) => {
    if (!new URLSearchParams(window.location.search).has("thread"))
      window.history.replaceState(null, "", addressOf(id));
  }, []);

  return { place, open, begun };
}
