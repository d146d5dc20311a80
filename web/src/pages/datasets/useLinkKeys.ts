import type { RefObject } from "react";
import { useKeys } from "../../keys";

/** `j` and `k` move between the links of a table's rows; Enter opens the one that is focused. */
export function useLinkKeys(
  title: string,
  body: RefObject<HTMLElement | null>,
  thing: string,
): void {
  const move = (by: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>("[data-row-link], td a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = at === -1 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1);
    links[next]?.focus();
  };
  useKeys(title, [
    { key: "j", what: `Next ${thing}`, run: () => move(1) },
    { key: "k", what: `Previous ${thing}`, run: () => move(-1) },
    { key: "ArrowDown", what: `Next ${thing}`, run: () => move(1), silent: true },
    { key: "ArrowUp", what: `Previous ${thing}`, run: () => move(-1), silent: true },
  ]);
}
