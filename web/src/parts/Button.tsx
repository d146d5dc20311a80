import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import classes from "./parts.module.css";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** An edge, none, the one action of a page, or what takes something away for good. */
  look?: "line" | "quiet" | "primary" | "danger";
  /** 28 high, or 24 in rows of chips and footers. */
  small?: boolean;
  icon?: LucideIcon;
  /** Shown after the words: a chevron, a key. */
  after?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "line", small, icon: Icon, after, children, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={`${classes.button} ${rest.className ?? ""}`}
      data-look={look}
      data-small={small || undefined}
      data-icon-only={(Icon && !children) || undefined}
    >
      {Icon && <Icon size={14} strokeWidth={1.75} aria-hidden />}
      {children}
      {after}
    </button>
  );
}
