import { type RefObject, useRef } from "react";
import { useKeys } from "../keys";

/** `j` and `k` walk the links of a table's rows; Enter opens, as on every link. */
export function useRowKeys(title: string): RefObject<HTMLTableSectionElement | null> {
  const body = useRef<HTMLTableSectionElement>(null);
  const move = (by: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>("tr td:first-child a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[at === -1 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
  };
  useKeys(title, [
    { key: "j", what: "Next row", run: () => move(1) },
    { key: "k", what: "Row before", run: () => move(-1) },
    { key: "ArrowDown", what: "Next row", run: () => move(1), silent: true },
    { key: "ArrowUp", what: "Row before", run: () => move(-1), silent: true },
  ]);
  return body;
}
