import classes from "./parts.module.css";

export function Kbd({ children }: { children: string }) {
  return <kbd className={classes.kbd}>{children}</kbd>;
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** `⌘K` on a Mac, `Ctrl K` elsewhere. */
export function modKey(key: string): string {
  return isMac ? `⌘${key}` : `Ctrl ${key}`;
}
