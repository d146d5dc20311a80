/** Whether a press within a row is for something in it that answers to presses itself. */
export function isOwnPress({ target }: { target: EventTarget }): boolean {
  return target instanceof Element && target.closest("a, button, label, input") !== null;
}
