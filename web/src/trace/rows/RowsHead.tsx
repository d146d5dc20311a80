import type { ReactNode } from "react";
import { count } from "../../format";
import { foldedAll } from "../tree";
import { useTraceView } from "../view";
import classes from "./rows.module.css";

/** How many spans are open, a way to fold or unfold all, and the overview beside it. */
export function RowsHead({ visible, children }: { visible: number; children?: ReactNode }) {
  const { tree, folded, setFolded } = useTraceView();
  const anyFolded = folded.size > 0;
  return (
    <div className={classes.rowsHead} data-overview={children !== undefined || undefined}>
      <div className={classes.counts}>
        <span>
          {count(visible)} of {count(tree.nodes.length)} spans
        </span>
        <button
          type="button"
          className={classes.foldAll}
          onClick={() => setFolded(anyFolded ? new Set() : foldedAll(tree))}
        >
          {anyFolded ? "unfold all" : "fold all"}
        </button>
      </div>
      {children}
    </div>
  );
}
