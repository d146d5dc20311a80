/** The list of conversations, as far as it was scrolled. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ask, query } from "./api";
import { page } from "./page";
import type { Thread } from "./types";

interface Told {
  items: Thread[];
  more: boolean;
}

export function useThreads(words: string) {
  const [threads, setThreads] = useState<Thread[]>([]);
  const [more, setMore] = useState(false);
  const [loaded, setLoaded] = useState(false);
  const asked = useRef(0);

  const refresh = useCallback(async () => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const told = await ask<Told>(`threads?${query({ mount: page.mount, q: words })}`);
      if (mine !== asked.current) return;
      setThreads(told.items);
      setMore(told.more);
      setLoaded(true);
    } catch {
      // without a network the list stays as it was
    }
  }, [words]);

  useEffect(() => {
    const timer = setTimeout(refresh, words ? 200 : 0);
    return () => clearTimeout(timer);
  }, [refresh, words]);

  const further = useCallback(async () => {
    const before = threads.at(-1)?.place;
    const told = await ask<Told>(`threads?${query({ mount: page.mount, q: words, before })}`);
    setThreads((known) => [...known, ...told.items]);
    setMore(told.more);
  }, [threads, words]);

  return { threads, more, loaded, refresh, further };
}
