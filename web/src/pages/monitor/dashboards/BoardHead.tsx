import { Maximize, Minimize } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../../parts/Button";
import { BoardMenu } from "./BoardMenu";
import classes from "./dashboards.module.css";
import { useFullScreen } from "./useFullScreen";

interface Props {
  project: string;
  open?: { id: string; name: string };
  description?: string;
  /** What can be done with this board. */
  children?: ReactNode;
}

/** The line above a board: which one it is, and what can be done with it. */
export function BoardHead({ project, open, description, children }: Props) {
  const { full, toggle } = useFullScreen();
  return (
    <div className={classes.boardHead}>
      <BoardMenu project={project} open={open} />
      {description && (
        <span className={`${classes.description} ellipsis`} title={description}>
          {description}
        </span>
      )}
      <span className={classes.boardTools}>
        {children}
        <Button
          look="quiet"
          icon={full ? Minimize : Maximize}
          aria-label={full ? "Leave full screen" : "Full screen"}
          title={full ? "Leave full screen" : "Full screen"}
          onClick={toggle}
        />
      </span>
    </div>
  );
}
