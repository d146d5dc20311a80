import { useRef } from "react";

/** The value, or the last one there was for the same `of`: what is shown stays while asking anew. */
export function useLastGood<T>(value: T | undefined, of: string): T | undefined {
  const last = useRef<{ of: string; value: T } | null>(null);
  if (value !== undefined) last.current = { of, value };
  return value ?? (last.current?.of === of ? last.current.value : undefined);
}
