const PATIENCE_MS = 20_000; // a panel may come from far away

/** Puts the cursor into the form for feedback once the panel shows it, unless it went elsewhere meanwhile. */
export function focusFeedback(): void {
  const began = performance.now();
  const before = document.activeElement;
  requestAnimationFrame(function again() {
    if (![before, document.body].includes(document.activeElement)) return;
    const field = document.querySelector<HTMLElement>("input[data-feedback]");
    if (field) field.focus();
    else if (performance.now() - began < PATIENCE_MS) requestAnimationFrame(again);
  });
}
