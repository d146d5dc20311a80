/** Moves the focus to what a press has just brought, as its `ref`. */
export function focusOn(element: HTMLElement | null): void {
  element?.focus();
}
