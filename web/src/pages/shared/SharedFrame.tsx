import type { ReactNode } from "react";
import { useEffect } from "react";
import { Brand } from "../../frame/Brand";
import classes from "./shared.module.css";

interface Props {
  title: string;
  /** Before the title: a way back within what is shared. */
  lead?: ReactNode;
  children: ReactNode;
}

/** A page for people who are not signed in: its name, and that they only look at it. */
export function SharedFrame({ title, lead, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Pilothouse`;
  }, [title]);
  return (
    <div className={classes.frame}>
      <header className={classes.top}>
        <Brand size={22} />
        {lead}
        <h1 className={`${classes.title} ellipsis`} title={title} dir="auto">
          {title}
        </h1>
        <span className={classes.note}>Shared with you, to read</span>
      </header>
      <main className={classes.main} id="main">
        {children}
      </main>
    </div>
  );
}
