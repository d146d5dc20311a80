import { CircleAlert, CircleCheck } from "lucide-react";
import classes from "./settings.module.css";

interface Props {
  /** What went well; nothing while that is not known. */
  well: string | false | undefined;
  /** What went wrong. */
  failed: string | null | undefined;
}

/** How a test went, once it went. */
export function Outcome({ well, failed }: Props) {
  return (
    <div aria-live="polite">
      {well && (
        <span className={classes.well}>
          <CircleCheck size={14} strokeWidth={1.75} aria-hidden />
          {well}
        </span>
      )}
      {failed && (
        <span className={classes.failed}>
          <CircleAlert size={14} strokeWidth={1.75} aria-hidden />
          {failed}
        </span>
      )}
    </div>
  );
}
