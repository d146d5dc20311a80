import { useMemo, useRef } from "react";
import { cost } from "../../format";
import { useKeys } from "../../keys";
import { criticalPath } from "../path";
import type { Node } from "../tree";
import { useTraceView } from "../view";
import { gapsByRow, joints, panned, rowsOf, timeTicks, type Window, zoomed } from "../waterfall";
import { whereTimeWent } from "../went";
import { Bar } from "./Bar";
import { Joints } from "./Joints";
import { NameCell, rowCost } from "./NameCell";
import { Overview } from "./Overview";
import { RowsHead } from "./RowsHead";
import shared from "./rows.module.css";
import { useTreeRows } from "./useTreeRows";
import { WentBar } from "./WentBar";
import classes from "./waterfall.module.css";

interface Props {
  view: Window | null;
  setView: (view: Window | null) => void;
  showPath: boolean;
}

/** Every span on an axis of time, with the path that was waited for and the gaps in it. */
export function WaterfallView({ view: chosen, setView, showPath }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { visible, rows, here, toggle } = useTreeRows(box, "Waterfall");
  const { tree, select, folded, hits } = useTraceView();
  const path = useMemo(() => criticalPath(tree), [tree]);
  const went = useMemo(() => whereTimeWent(tree, path), [tree, path]);
  const rowOf = useMemo(() => rowsOf(tree, visible), [tree, visible]);
  const lines = useMemo(() => joints(tree, path, rowOf), [tree, path, rowOf]);
  const gaps = useMemo(() => gapsByRow(path, rowOf), [path, rowOf]);
  const whole = useMemo<Window>(() => ({ from: 0, to: tree.end - tree.start || 1 }), [tree]);
  const view = chosen ?? whole;
  const ticks = timeTicks(view, 9);
  const length = view.to - view.from;

  const zoom = (factor: number, about?: number) => {
    const next = zoomed(view, whole, factor, about);
    setView(next.to - next.from >= whole.to - whole.from ? null : next);
  };
  useKeys("Waterfall", [
    { key: "+", what: "Zoom in", run: () => zoom(0.5, middleOf(visible[here], view, tree.start)) },
    { key: "=", what: "Zoom in", run: () => zoom(0.5), silent: true },
    { key: "-", what: "Zoom out", run: () => zoom(2) },
    { key: "0", what: "The whole trace", run: () => setView(null) },
    { key: ",", what: "Move to earlier", run: () => setView(panned(view, whole, -length / 4)) },
    { key: ".", what: "Move to later", run: () => setView(panned(view, whole, length / 4)) },
  ]);

  const items = rows.getVirtualItems();
  return (
    <div className={shared.view}>
      <RowsHead visible={visible.length}>
        <Overview whole={whole} view={view} setView={setView} />
      </RowsHead>
      <div className={`${classes.grid} ${shared.columnHead} ${classes.axisHead}`} aria-hidden>
        <span className={classes.spanHead}>
          <span>Span</span>
          <span>Cost</span>
        </span>
        <span className={classes.plot}>
          {ticks.map((tick) => (
            <span
              key={tick.at}
              className={classes.tick}
              style={{ "--x": (tick.at - view.from) / length } as React.CSSProperties}
            >
              {tick.label}
            </span>
          ))}
        </span>
      </div>
      <div
        ref={box}
        className={shared.scroll}
        role="tree"
        aria-label="Spans on a time axis"
        tabIndex={0}
        aria-activedescendant={here >= 0 ? `row-${visible[here]?.span.span_id}` : undefined}
      >
        <div className={`${shared.list} ${classes.list}`} style={{ height: rows.getTotalSize() }}>
          <div className={classes.gridLines} aria-hidden>
            {ticks.map((tick) => (
              <i
                key={tick.at}
                style={{ "--x": (tick.at - view.from) / length } as React.CSSProperties}
              />
            ))}
          </div>
          {items.map((item) => {
            const node = visible[item.index] as Node;
            const money = rowCost(node, folded);
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
                className={`${classes.grid} ${shared.row}`}
                data-dim={(hits !== null && !hits.has(node)) || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => select(node.span.span_id)}
              >
                <div className={classes.names}>
                  <NameCell node={node} toggle={toggle} />
                  <span className={`${shared.number} ${classes.cost}`}>
                    {money === null ? "" : cost(money, 4)}
                  </span>
                </div>
                <div className={classes.plot}>
                  <Bar
                    node={node}
                    view={view}
                    onPath={!showPath || path.on.has(node)}
                    gap={gaps.get(item.index)}
                  />
                </div>
              </div>
            );
          })}
          {showPath && (
            <Joints
              joints={lines}
              view={view}
              first={items[0]?.index ?? 0}
              last={items.at(-1)?.index ?? -1}
            />
          )}
        </div>
      </div>
      <WentBar shares={went} totalMs={whole.to - whole.from} />
      <Legend />
    </div>
  );
}

function middleOf(node: Node | undefined, view: Window, start: number): number | undefined {
  if (!node) return undefined;
  const middle = (node.start + node.end) / 2 - start;
  return middle > view.from && middle < view.to ? middle : undefined;
}

function Legend() {
  return (
    <ul className={classes.legend} aria-label="Legend">
      <li>
        <i className={classes.keyOn} /> on the critical path
      </li>
      <li>
        <i className={classes.keyOff} /> off it
      </li>
      <li>
        <i className={classes.keyFirst} /> until first token, then streaming
      </li>
      <li>
        <i className={classes.keyGap} /> gap: no span ran
      </li>
    </ul>
  );
}
