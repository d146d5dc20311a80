/** Single keys that act on the page: never inside a field, listed by `?`. */

import { useEffect, useRef, useSyncExternalStore } from "react";

export interface KeyAction {
  /** `KeyboardEvent.key`, with `mod+` for Ctrl or ⌘ and `shift+` for named keys. */
  key: string;
  what: string;
  run: (event: KeyboardEvent) => void;
  /** Also while typing (the palette). */
  everywhere?: boolean;
  /** Answers to the key but is not listed (a second spelling). */
  silent?: boolean;
}

export interface KeyGroup {
  title: string;
  actions: readonly KeyAction[];
}

let groups: readonly { current: KeyGroup }[] = [];
const listeners = new Set<() => void>();

function changed() {
  for (const tell of listeners) tell();
}

/** Whether typing belongs to this element. */
export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT")
    return true;
  return (
    target instanceof HTMLInputElement &&
    !["checkbox", "radio", "button", "submit", "range"].includes(target.type)
  );
}

/** The name under which an action answers to this event. */
export function keyName(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey">,
): string {
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  const shift = event.shiftKey && event.key.length > 1 ? "shift+" : "";
  return `${mod}${shift}${event.key.length === 1 && mod ? event.key.toLowerCase() : event.key}`;
}

/** Whether the element itself answers to Enter and Space. */
function isPressable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("button, a[href], [role=menuitem]") !== null
  );
}

let overlaid = false;

/** Asked before anybody acts on the key: what Escape closes is gone when the page's own turn comes. */
function noteOverlay() {
  overlaid = document.querySelector("[role=dialog][aria-modal=true], [role=menu]") !== null;
}

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.altKey) return;
  const name = keyName(event);
  const typing = isField(event.target);
  if ((name === "Enter" || name === " ") && isPressable(event.target)) return;
  for (const group of [...groups].reverse()) {
    for (const action of group.current.actions) {
      if (action.key !== name) continue;
      if ((typing || overlaid) && !action.everywhere) continue;
      event.preventDefault();
      action.run(event);
      return;
    }
  }
}

/** Registers keys while the component is there; the newest group wins. */
export function useKeys(title: string, actions: readonly KeyAction[]): void {
  const group = useRef<KeyGroup>({ title, actions });
  group.current = { title, actions };
  useEffect(() => {
    if (groups.length === 0) {
      window.addEventListener("keydown", noteOverlay, true);
      window.addEventListener("keydown", onKeyDown);
    }
    groups = [...groups, group];
    changed();
    return () => {
      groups = groups.filter((one) => one !== group);
      if (groups.length === 0) {
        window.removeEventListener("keydown", noteOverlay, true);
        window.removeEventListener("keydown", onKeyDown);
      }
      changed();
    };
  }, []);
}

/** All keys that act now, the page's own first. */
export function useKeyGroups(): KeyGroup[] {
  const now = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => groups,
  );
  return [...now].reverse().map((group) => group.current);
}
