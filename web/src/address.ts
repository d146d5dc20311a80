/** The address holds what two people would look at together. All search values are strings. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useRef } from "react";

export type Search = Record<string, string | undefined>;

export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** The one of `allowed` that is asked for, else the first: unknown values are dropped. */
export function oneOf<T extends string>(
  value: string | undefined,
  allowed: readonly [T, ...T[]],
): T {
  return allowed.find((one) => one === value) ?? allowed[0];
}

type Patch = Search | ((now: Search) => Search);

/**
 * The page's search values, and a way to change some of them. Choosing pushes an entry; `"typing"`
 * replaces the present one. A value of `undefined` takes the name away.
 */
export function useAddress(): [Search, (patch: Patch, how?: "choosing" | "typing") => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const latest = useRef(search);
  latest.current = search;
  const change = useCallback(
    (patch: Patch, how: "choosing" | "typing" = "choosing") => {
      const next = typeof patch === "function" ? patch(latest.current) : patch;
      const merged = { ...latest.current, ...next };
      latest.current = merged;
      void navigate({
        to: ".",
        search: merged as never,
        replace: how === "typing",
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}
