/** Light or dark; what was chosen is kept, as the app itself keeps it. */
import { useSyncExternalStore } from "react";

const html = document.documentElement;

function isDark(): boolean {
  return html.dataset.mantineColorScheme === "dark";
}

export function useDark(): boolean {
  return useSyncExternalStore((changed) => {
    const watch = new MutationObserver(changed);
    watch.observe(html, { attributeFilter: ["data-mantine-color-scheme"] });
    return () => watch.disconnect();
  }, isDark);
}

export function toggleScheme(): void {
  const next = isDark() ? "light" : "dark";
  html.dataset.mantineColorScheme = next;
  try {
    localStorage.setItem("pilothouse-scheme", next);
  } catch {
    // a frame without storage forgets it with the page
  }
}
