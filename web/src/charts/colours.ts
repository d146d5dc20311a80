/** Tokens as colours that a canvas understands: a custom property cannot be read, only what it gives. */

/** The colour that `var(--token)` has on this element, in the scheme of the moment. */
export function resolved(element: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** The same colour at a share of its opacity. */
export function faded(colour: string, share: number): string {
  return `color-mix(in srgb, ${colour} ${Math.round(share * 100)}%, transparent)`;
}
