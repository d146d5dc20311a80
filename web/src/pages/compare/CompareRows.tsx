import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { CircleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { cost, count, duration } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import { EmptyState } from "../../parts/states";
import { deltas, type Pair } from "../../trace/align";
import type { Node } from "../../trace/tree";
import { Change } from "./Change";
import classes from "./compare.module.css";

const HEAD = 28;
const ROW = 28;
/** Where rows are pressed by a finger. */
const TOUCH_ROW = 40;
const STEP = 16;
const DEEPEST = 10;

interface Props {
  pairs: Pair[];
  chosen: Pair | null;
  choose: (pair: Pair) => void;
}

/** The steps of both traces in one list, aligned; what only one has stands alone. */
export function CompareRows({ pairs, chosen, choose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const touch = useMediaQuery("(pointer: coarse)", false, { getInitialValueInEffect: false });
  const rows = useVirtualizer({
    count: pairs.length,
    getScrollElement: () => box.current,
    estimateSize: () => (touch ? TOUCH_ROW : ROW),
    overscan: 12,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
  });
  const at = chosen ? pairs.findIndex((pair) => pair.a === chosen.a && pair.b === chosen.b) : -1;
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: "auto" });
  }, [at, rows]);
  if (pairs.length === 0) {
    return (
      <div className={classes.rows}>
        <EmptyState title="No step is left">
          No step of the two traces answers to this choice.
        </EmptyState>
      </div>
    );
  }
  return (
    <div ref={box} className={classes.rows}>
      <div className={`${classes.grid} ${classes.columns}`} aria-hidden>
        <span>A</span>
        <span>B</span>
        <span className={classes.number}>Duration</span>
        <span className={classes.number}>Tokens</span>
        <span className={classes.number}>Cost</span>
      </div>
      <div
        className={classes.list}
        style={{ height: rows.getTotalSize() }}
        role="listbox"
        aria-label="Steps"
        tabIndex={0}
        aria-activedescendant={at >= 0 ? `pair-${at}` : undefined}
      >
        {rows.getVirtualItems().map((item) => {
          const pair = pairs[item.index] as Pair;
          return (
            <button
              type="button"
              key={item.key}
              id={`pair-${item.index}`}
              role="option"
              tabIndex={-1}
              aria-selected={item.index === at}
              className={`${classes.grid} ${classes.row}`}
              style={{ transform: `translateY(${item.start - HEAD}px)` }}
              onClick={() => choose(pair)}
            >
              <Cell node={pair.a} depth={pair.depth} pair={pair} side="a" />
              <Cell node={pair.b} depth={pair.depth} pair={pair} side="b" />
              <Deltas pair={pair} />
            </button>
          );
        })}
      </div>
    </div>
  );
}

interface CellProps {
  node: Node | null;
  depth: number;
  pair: Pair;
  side: "a" | "b";
}

function Cell({ node, depth, pair, side }: CellProps) {
  const alone = pair.a === null || pair.b === null;
  const indent = 12 + Math.min(depth, DEEPEST) * STEP;
  if (!node) return <span className={classes.gap} />;
  const failed = node.span.status === "error";
  const notes = side === "b" && !alone ? pair.differs : [];
  return (
    <span
      className={classes.cell}
      data-only={alone ? side : undefined}
      style={{ paddingInlineStart: indent }}
    >
      {failed ? (
        <CircleAlert
          size={15}
          strokeWidth={1.75}
          color="var(--err)"
          aria-label={`${node.span.kind}, failed`}
          role="img"
        />
      ) : (
        <KindIcon kind={node.span.kind} size={15} />
      )}
      <span className={`${classes.cellName} ellipsis`} title={node.span.name} dir="auto">
        {alone && side === "a" ? (
          <del>{node.span.name}</del>
        ) : alone ? (
          <ins>{node.span.name}</ins>
        ) : (
          node.span.name
        )}
      </span>
      {notes.length > 0 && <span className={classes.note}>{notes.join(", ")}</span>}
      <span className={classes.cellTime}>{duration(node.end - node.start)}</span>
    </span>
  );
}

function Deltas({ pair }: { pair: Pair }) {
  if (!pair.a || !pair.b) {
    return (
      <>
        <span className={classes.number} />
        <span className={classes.number} />
        <span className={classes.number} />
      </>
    );
  }
  const found = deltas(pair);
  return (
    <>
      <span className={classes.number}>
        <Change delta={found.duration} write={duration} short />
      </span>
      <span className={classes.number}>
        {(found.tokens.a !== null || found.tokens.b !== null) && (
          <Change delta={found.tokens} write={count} short neutral />
        )}
      </span>
      <span className={classes.number}>
        {(found.cost.a !== null || found.cost.b !== null) && (
          <Change delta={found.cost} write={(value) => cost(value, 4)} short />
        )}
      </span>
    </>
  );
}
