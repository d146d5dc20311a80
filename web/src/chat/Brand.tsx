import { MessageCircle } from "lucide-react";
import classes from "./brand.module.css";
import { page } from "./page";

/** The app's own mark: its logo, or the first letter of its name. */
export function Mark({ large }: { large?: boolean }) {
  if (page.logo)
    return (
      <img className={classes.logo} data-large={large || undefined} src="logo" alt="" aria-hidden />
    );
  const letter = page.title.trim().charAt(0).toUpperCase();
  return (
    <span className={classes.mark} data-large={large || undefined} aria-hidden>
      {letter || <MessageCircle size={14} strokeWidth={2} />}
    </span>
  );
}
