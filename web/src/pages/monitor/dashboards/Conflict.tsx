import { ApiError } from "../../../api/client";
import { Button } from "../../../parts/Button";
import { Problem } from "../../../parts/Problem";
import classes from "./dashboards.module.css";
import type { Editing } from "./useEditing";

interface Props {
  edit: Editing;
  onStale: () => unknown;
}

/** Why a dashboard was not saved; where somebody else changed it, both ways out. */
export function Conflict({ edit, onStale }: Props) {
  const { error } = edit.saving;
  const details = error instanceof ApiError ? (error.details as { field?: string } | null) : null;
  const overtaken = details?.field === "version";
  return (
    <div className={classes.conflict}>
      <Problem error={edit.copying.error ?? error}>
        {overtaken && (
          <span className={classes.waysOut}>
            <Button
              small
              onClick={() => {
                edit.leave();
                onStale();
              }}
            >
              Show theirs
            </Button>
            <Button small disabled={edit.copying.isPending} onClick={edit.saveCopy}>
              Keep mine as a copy
            </Button>
          </span>
        )}
      </Problem>
    </div>
  );
}
