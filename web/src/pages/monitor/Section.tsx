import type { ReactNode } from "react";
import classes from "./monitor.module.css";

interface Props {
  title: string;
  /** Over the whole width. */
  wide?: boolean;
  children: ReactNode;
}

/** Charts of the board that belong together. */
export function Section({ title, wide, children }: Props) {
  return (
    <section className={classes.section} data-wide={wide || undefined} aria-label={title}>
      <h2 className={classes.sectionTitle}>{title}</h2>
      <div className={classes.cards}>{children}</div>
    </section>
  );
}
