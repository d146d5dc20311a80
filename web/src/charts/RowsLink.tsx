import { Link, type LinkProps } from "@tanstack/react-router";
import { Rows3 } from "lucide-react";
import classes from "./charts.module.css";

/** A chart's way to the rows behind it. */
export function RowsLink(link: LinkProps) {
  return (
    <Link {...link} className={classes.rowsLink} aria-label="Show the rows" title="Show the rows">
      <Rows3 size={14} strokeWidth={1.75} aria-hidden />
    </Link>
  );
}
