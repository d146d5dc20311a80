import { CircleAlert, CircleCheck } from "lucide-react";
import type { Status } from "../api/types";
import { UNKNOWN } from "../format";
import classes from "./parts.module.css";

/** Status as icon and word; `unset` is unknown. */
export function StatusMark({ status, size = 14 }: { status: Status | null; size?: number }) {
  if (status === "ok")
    return (
      <span className={classes.status} data-status="ok">
        <CircleCheck size={size} strokeWidth={1.75} aria-hidden /> OK
      </span>
    );
  if (status === "error")
    return (
      <span className={classes.status} data-status="error">
        <CircleAlert size={size} strokeWidth={1.75} aria-hidden /> Error
      </span>
    );
  return <span className={classes.unknown}>{UNKNOWN}</span>;
}
