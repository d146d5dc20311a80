import type { CSSProperties, ReactNode, RefObject } from "react";
import type { Node } from "../tree";
import { useTraceView } from "../view";
import classes from "./rows.module.css";
import { HEAD } from "./useTreeRows";

interface BoxProps {
  box: RefObject<HTMLDivElement | null>;
  label: string;
  /** The names of the columns; they stay at the top. */
  head: ReactNode;
  headClass?: string;
  listClass?: string;
  height: number;
  here: Node | undefined;
  children: ReactNode;
}

/** The box that scrolls, with the tree of rows in it. */
export function RowsBox(props: BoxProps) {
  const { box, label, head, headClass = "", listClass = "", height, here, children } = props;
  return (
    <div ref={box} className={classes.scroll}>
      <div className={`${classes.columnHead} ${headClass}`} aria-hidden>
        {head}
      </div>
      <div
        className={`${classes.list} ${listClass}`}
        style={{ height }}
        role="tree"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={here ? rowId(here) : undefined}
      >
        {children}
      </div>
    </div>
  );
}

function rowId(node: Node): string {
  return `row-${node.span.span_id}`;
}

interface RowProps {
  node: Node;
  /** From the top of the box, its head included. */
  start: number;
  selected: boolean;
  className: string | undefined;
  children: ReactNode;
}

/** One span of the tree; keys act on the tree as a whole. */
export function Row({ node, start, selected, className, children }: RowProps) {
  const { folded, hits, select } = useTraceView();
  const branch = node.children.length > 0;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree answers to keys
    <div
      id={rowId(node)}
      role="treeitem"
      tabIndex={-1}
      aria-level={node.depth + 1}
      aria-expanded={branch ? !folded.has(node.span.span_id) : undefined}
      aria-selected={selected}
      className={`${className} ${classes.row}`}
      data-dim={(hits !== null && !hits.has(node)) || undefined}
      style={{ transform: `translateY(${start - HEAD}px)` } as CSSProperties}
      onClick={() => select(node.span.span_id)}
    >
      {children}
    </div>
  );
}
