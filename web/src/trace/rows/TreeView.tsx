import { memo, useRef } from "react";
import { cost, count, duration } from "../../format";
import { kindColor } from "../../parts/KindIcon";
import { type Node, totalTokens } from "../tree";
import { useTraceView } from "../view";
import { NameCell, rowCost } from "./NameCell";
import { Row, RowsBox } from "./RowsBox";
import { RowsHead } from "./RowsHead";
import classes from "./rows.module.css";
import { useTreeRows } from "./useTreeRows";

/** Every span below the one that started it, with its share of the time, tokens and cost. */
export function TreeView() {
  const box = useRef<HTMLDivElement>(null);
  const { visible, rows, here, toggle } = useTreeRows(box, "Tree");
  return (
    <div className={classes.view}>
      <RowsHead visible={visible.length} />
      <RowsBox
        box={box}
        label="Spans"
        head={<ColumnNames />}
        headClass={classes.treeGrid}
        height={rows.getTotalSize()}
        here={visible[here]}
      >
        {rows.getVirtualItems().map((item) => {
          const node = visible[item.index] as Node;
          return (
            <TreeRow
              key={item.key}
              node={node}
              start={item.start}
              selected={item.index === here}
              toggle={toggle}
            />
          );
        })}
      </RowsBox>
    </div>
  );
}

interface RowProps {
  node: Node;
  start: number;
  selected: boolean;
  toggle: (node: Node) => void;
}

/** Drawn once while it is in view, however far the box scrolls. */
const TreeRow = memo(function TreeRow({ node, start, selected, toggle }: RowProps) {
  return (
    <Row node={node} start={start} selected={selected} className={classes.treeGrid}>
      <NameCell node={node} toggle={toggle} />
      <Figures node={node} />
    </Row>
  );
});

function ColumnNames() {
  return (
    <>
      <span>Span</span>
      <span className={classes.share}>Time</span>
      <span className={classes.number}>Duration</span>
      <span className={`${classes.number} ${classes.tokens}`}>Tokens</span>
      <span className={classes.number}>Cost</span>
    </>
  );
}

function Figures({ node }: { node: Node }) {
  const { tree, folded } = useTraceView();
  const share = (node.end - node.start) / (tree.end - tree.start || 1);
  const failed = node.span.status === "error";
  const background = failed ? "var(--err-fill)" : kindColor(node.span.kind);
  const money = rowCost(node, folded);
  return (
    <>
      <span className={classes.share}>
        <i style={{ width: `${Math.max(0.4, share * 100)}%`, background }} />
      </span>
      <span className={classes.number}>
        {node.unfinished ? "running" : duration(node.end - node.start)}
      </span>
      <span className={`${classes.number} ${classes.tokens}`}>{tokensOf(node, folded)}</span>
      <span className={classes.number}>{money === null ? "" : cost(money, 4)}</span>
    </>
  );
}

function tokensOf(node: Node, folded: ReadonlySet<string>): string {
  const sums = node.depth === 0 || node.span.kind === "agent" || folded.has(node.span.span_id);
  const own = node.span.usage_counted === false ? null : totalTokens(node.span);
  const tokens = sums ? node.tokens : own;
  return tokens === null ? "" : count(tokens);
}
