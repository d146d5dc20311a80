import { useRef } from "react";
import { cost, count, duration } from "../../format";
import { kindColor } from "../../parts/KindIcon";
import type { Node } from "../tree";
import { totalTokens } from "../tree";
import { useTraceView } from "../view";
import { NameCell, rowCost } from "./NameCell";
import { RowsHead } from "./RowsHead";
import classes from "./rows.module.css";
import { useTreeRows } from "./useTreeRows";

/** Every span below the one that started it, with its share of the time, tokens and cost. */
export function TreeView() {
  const box = useRef<HTMLDivElement>(null);
  const { visible, rows, here, toggle } = useTreeRows(box, "Tree");
  const { select, folded, tree, hits } = useTraceView();
  const items = rows.getVirtualItems();
  const whole = tree.end - tree.start || 1;

  return (
    <div className={classes.view}>
      <RowsHead visible={visible.length} />
      <div className={`${classes.treeGrid} ${classes.columnHead}`} aria-hidden>
        <span>Span</span>
        <span>Time</span>
        <span className={classes.number}>Duration</span>
        <span className={classes.number}>Tokens</span>
        <span className={classes.number}>Cost</span>
      </div>
      <div
        ref={box}
        className={classes.scroll}
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        aria-activedescendant={here >= 0 ? `row-${visible[here]?.span.span_id}` : undefined}
      >
        <div className={classes.list} style={{ height: rows.getTotalSize() }}>
          {items.map((item) => {
            const node = visible[item.index] as Node;
            return (
              // keys act on the tree as a whole
              // biome-ignore lint/a11y/useKeyWithClickEvents: see above
              <div
                key={item.key}
                id={`row-${node.span.span_id}`}
                role="treeitem"
                tabIndex={-1}
                aria-level={node.depth + 1}
                aria-expanded={
                  node.children.length > 0 ? !folded.has(node.span.span_id) : undefined
                }
                aria-selected={item.index === here}
                className={`${classes.treeGrid} ${classes.row}`}
                data-dim={(hits !== null && !hits.has(node)) || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => select(node.span.span_id)}
              >
                <NameCell node={node} toggle={toggle} />
                <span className={classes.share}>
                  <i
                    data-failed={node.span.status === "error" || undefined}
                    style={{
                      width: `${Math.max(0.4, ((node.end - node.start) / whole) * 100)}%`,
                      background: kindColor(node.span.kind),
                    }}
                  />
                </span>
                <span className={classes.number}>
                  {node.unfinished ? "running" : duration(node.end - node.start)}
                </span>
                <span className={classes.number}>{tokensOf(node, folded)}</span>
                <span className={classes.number}>{costOf(node, folded)}</span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function tokensOf(node: Node, folded: ReadonlySet<string>): string {
  const sums = node.depth === 0 || node.span.kind === "agent" || folded.has(node.span.span_id);
  const own = node.span.usage_counted === false ? null : totalTokens(node.span);
  const tokens = sums ? node.tokens : own;
  return tokens === null ? "" : count(tokens);
}

function costOf(node: Node, folded: ReadonlySet<string>): string {
  const money = rowCost(node, folded);
  return money === null ? "" : cost(money, 4);
}
