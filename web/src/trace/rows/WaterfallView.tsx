import { type CSSProperties, memo, useMemo, useRef } from "react";
import { cost } from "../../format";
import { useKeys } from "../../keys";
import { criticalPath, type Gap } from "../path";
import type { Node } from "../tree";
import { useTraceView } from "../view";
import {
  gapsByRow,
  joints,
  panned,
  rowsOf,
  type Tick,
  timeTicks,
  type Window,
  zoomed,
} from "../waterfall";
import { whereTimeWent } from "../went";
import { Bar } from "./Bar";
import { Joints } from "./Joints";
import { Legend } from "./Legend";
import { NameCell, rowCost } from "./NameCell";
import { Overview } from "./Overview";
import { Row, RowsBox } from "./RowsBox";
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
  const { tree, folded } = useTraceView();
  const path = useMemo(() => criticalPath(tree), [tree]);
  const went = useMemo(() => whereTimeWent(tree, path), [tree, path]);
  const rowOf = useMemo(() => rowsOf(tree, visible), [tree, visible]);
  const lines = useMemo(() => joints(tree, path, rowOf), [tree, path, rowOf]);
  const gaps = useMemo(() => gapsByRow(path, rowOf), [path, rowOf]);
  const whole = useMemo<Window>(() => ({ from: 0, to: tree.end - tree.start || 1 }), [tree]);
  const view = chosen ?? whole;
  const ticks = timeTicks(view, 9);
  const items = rows.getVirtualItems();
  useZoomKeys(view, whole, setView, visible[here], tree.start);

  return (
    <div className={shared.view}>
      <RowsHead visible={visible.length}>
        <Overview whole={whole} view={view} setView={setView} />
      </RowsHead>
      <RowsBox
        box={box}
        label="Spans on a time axis"
        head={<AxisHead ticks={ticks} view={view} />}
        headClass={classes.grid}
        listClass={classes.list}
        height={rows.getTotalSize()}
        here={visible[here]}
      >
        <div className={classes.gridLines} aria-hidden>
          {ticks.map((tick) => (
            <i key={tick.at} style={placed(tick, view)} />
          ))}
        </div>
        {items.map((item) => {
          const node = visible[item.index] as Node;
          return (
            <WaterfallRow
              key={item.key}
              node={node}
              start={item.start}
              selected={item.index === here}
              toggle={toggle}
              money={rowCost(node, folded)}
              view={view}
              onPath={!showPath || path.on.has(node)}
              gap={gaps.get(item.index)}
            />
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
      </RowsBox>
      <WentBar shares={went} totalMs={whole.to - whole.from} />
      <Legend />
    </div>
  );
}

interface RowProps {
  node: Node;
  start: number;
  selected: boolean;
  toggle: (node: Node) => void;
  money: number | null;
  view: Window;
  onPath: boolean;
  gap: Gap | undefined;
}

/** Drawn once while it is in view, however far the box scrolls. */
const WaterfallRow = memo(function WaterfallRow(props: RowProps) {
  const { node, start, selected, toggle, money, view, onPath, gap } = props;
  return (
    <Row node={node} start={start} selected={selected} className={classes.grid}>
      <div className={classes.names}>
        <NameCell node={node} toggle={toggle} />
        <span className={`${shared.number} ${classes.cost}`}>
          {money === null ? "" : cost(money, 4)}
        </span>
      </div>
      <div className={classes.plot}>
        <Bar node={node} view={view} onPath={onPath} gap={gap} />
      </div>
    </Row>
  );
});

function placed(tick: Tick, view: Window): CSSProperties {
  return { "--x": (tick.at - view.from) / (view.to - view.from) } as CSSProperties;
}

function AxisHead({ ticks, view }: { ticks: Tick[]; view: Window }) {
  return (
    <>
      <span className={classes.spanHead}>
        <span>Span</span>
        <span>Cost</span>
      </span>
      <span className={classes.plot}>
        {ticks.map((tick) => (
          <span
            key={tick.at}
            className={classes.tick}
            data-first={tick.at === view.from || undefined}
            style={placed(tick, view)}
          >
            {tick.label}
          </span>
        ))}
      </span>
    </>
  );
}

function useZoomKeys(
  view: Window,
  whole: Window,
  setView: (view: Window | null) => void,
  selected: Node | undefined,
  start: number,
) {
  const length = view.to - view.from;
  const zoom = (factor: number) => {
    const middle = selected ? (selected.start + selected.end) / 2 - start : undefined;
    const seen = middle !== undefined && middle > view.from && middle < view.to;
    const next = zoomed(view, whole, factor, seen ? middle : undefined);
    setView(next.to - next.from >= whole.to - whole.from ? null : next);
  };
  const pan = (by: number) => setView(panned(view, whole, by * length));
  useKeys("Waterfall", [
    { key: "+", what: "Zoom in", run: () => zoom(0.5) },
    { key: "=", what: "Zoom in", run: () => zoom(0.5), silent: true },
    { key: "-", what: "Zoom out", run: () => zoom(2) },
    { key: "0", what: "The whole trace", run: () => setView(null) },
    { key: ",", what: "Move to earlier", run: () => pan(-0.25) },
    { key: ".", what: "Move to later", run: () => pan(0.25) },
  ]);
}
