import type { ComponentPropsWithRef } from "react";

interface Props extends ComponentPropsWithRef<"section"> {
  /** Its name for readers; a panel of tabs is named by its tab instead. */
  label?: string;
}

/** A region that scrolls, which who has no pointer reaches and scrolls by key. */
export function ScrollBox({ label, ...rest }: Props) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: without a stop here no key could scroll it
  return <section tabIndex={0} aria-label={label} {...rest} />;
}
