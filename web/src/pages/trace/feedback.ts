const PATIENCE_MS = 2000;

/** Puts the cursor into the form for feedback as soon as the panel shows it. */
export function focusFeedback(): void {
  const began = performance.now();
  requestAnimationFrame(function again() {
    const field = document.querySelector<HTMLElement>("input[data-feedback]");
    if (field) field.focus();
    else if (performance.now() - began < PATIENCE_MS) requestAnimationFrame(again);
  });
}
