import { type PointerEvent, useEffect, useRef, useState } from "react";
import { cost, count, duration, plural } from "../../format";
import { brushLabel } from "./ChartStrip";
import classes from "./ChartStrip.module.css";
import type { Measure } from "./state";
import {
  type Bar,
  brushed,
  heightOf,
  niceCount,
  niceMax,
  QUANTILES,
  timeTicks,
  type Window,
} from "./strip";

interface Props {
  bars: readonly Bar[];
  measure: Measure;
  width: number;
  window: Window;
  stepMs: number;
  brush: Window | null;
  onBrush: (brush: Window | null) => void;
}

const TOP = 16.5;
const AXIS = 20;
const HANDLE = 8;
/** Below this width the strip is that of a phone. */
const NARROW = 480;

interface Drag {
  anchor: number;
  at: number;
  moved: boolean;
}

export function StripBars(props: Props) {
  const { bars, measure, width, window, stepMs } = props;
  const [drag, setDrag] = useState<Drag | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const left = width < NARROW ? 0 : 28;
  const height = width < NARROW ? 64 : 72;
  const plot = width - left;

  const most = bars.reduce((max, bar) => Math.max(max, heightOf(bar, measure)), 0);
  const top = measure === "count" ? niceCount(most) : niceMax(most);
  const x = (at: number) => left + ((at - window.from) / (window.to - window.from)) * plot;
  const y = (value: number) => TOP + height - (value / top) * height;
  const timeAt = (clientX: number) => {
    const box = svg.current?.getBoundingClientRect();
    const share = box ? (clientX - box.left - left) / plot : 0;
    return window.from + Math.min(1, Math.max(0, share)) * (window.to - window.from);
  };

  const { onBrush } = props;
  useEffect(() => {
    if (!drag) return;
    function onKey(event: KeyboardEvent) {
      if (event.key === "Escape") setDrag(null);
    }
    globalThis.addEventListener("keydown", onKey, true);
    return () => globalThis.removeEventListener("keydown", onKey, true);
  }, [drag]);

  function start(event: PointerEvent) {
    if (event.button !== 0) return;
    svg.current?.setPointerCapture(event.pointerId);
    const at = timeAt(event.clientX);
    const { brush } = props;
    const grip = brush && nearEdge(event.clientX, brush);
    const anchor = grip === "from" ? brush?.to : grip === "to" ? brush?.from : at;
    setDrag({ anchor: anchor ?? at, at, moved: !!grip });
  }

  function nearEdge(clientX: number, brush: Window): "from" | "to" | null {
    const at = clientX - (svg.current?.getBoundingClientRect().left ?? 0);
    if (Math.abs(at - x(brush.from)) <= HANDLE) return "from";
    return Math.abs(at - x(brush.to)) <= HANDLE ? "to" : null;
  }

  function dragged(by: Drag, at: number): Drag {
    return { ...by, at, moved: by.moved || Math.abs(x(at) - x(by.anchor)) > 4 };
  }

  function move(event: PointerEvent) {
    const at = timeAt(event.clientX);
    setHovered(bars.findIndex((bar) => bar.from <= at && at < bar.to));
    if (drag) setDrag(dragged(drag, at));
  }

  function end(event: PointerEvent) {
    if (!drag) return;
    const last = dragged(drag, timeAt(event.clientX)); // its last move may not be drawn yet
    if (last.moved) onBrush(brushed(window, last.anchor, last.at, stepMs));
    setDrag(null);
  }

  const brush = drag?.moved ? brushed(window, drag.anchor, drag.at, stepMs) : props.brush;
  const bar = hovered === null ? undefined : bars[hovered];

  return (
    <div className={classes.canvas}>
      <svg
        ref={svg}
        width={width}
        height={TOP + height + AXIS}
        role="img"
        aria-label={sentence(bars, measure, window)}
        className={classes.svg}
        onPointerDown={start}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setHovered(null)}
        onDoubleClick={() => onBrush(null)}
      >
        {brush && (
          <rect
            x={x(brush.from)}
            y={TOP}
            width={Math.max(1, x(brush.to) - x(brush.from))}
            height={height}
            className={classes.brush}
          />
        )}
        <Grid width={width} left={left} top={top} measure={measure} y={y} />
        {bars.map((one) => (
          <BarMark
            key={one.from}
            bar={one}
            measure={measure}
            x={x}
            y={y}
            left={left}
            right={width}
            top={top}
            brush={brush}
          />
        ))}
        {timeTicks(window, Math.max(2, Math.floor(plot / 130))).map((tick) => (
          <text
            key={tick.at}
            x={Math.min(Math.max(x(tick.at), left + 14), width - 14)}
            y={TOP + height + 14}
            className={classes.axis}
            textAnchor="middle"
          >
            {tick.label}
          </text>
        ))}
        {brush && <BrushEdges brush={brush} x={x} width={width} left={left} height={height} />}
      </svg>
      {bar && !drag && heightOf(bar, measure) > 0 && (
        <div
          className={classes.tooltip}
          style={
            x(bar.to) > width - 180 ? { right: width - x(bar.from) + 6 } : { left: x(bar.to) + 6 }
          }
        >
          <b>{brushLabel(bar)}</b>
          {told(bar, measure).map((line) => (
            <span key={line}>{line}</span>
          ))}
        </div>
      )}
    </div>
  );
}

interface GridProps {
  width: number;
  left: number;
  top: number;
  measure: Measure;
  y: (value: number) => number;
}

function Grid({ width, left, top, measure, y }: GridProps) {
  const written = (value: number) => {
    if (measure === "count") return count(value);
    return measure === "cost" ? cost(value, value < 0.1 ? 3 : 2) : duration(value);
  };
  return (
    <>
      {[top, top / 2, 0].map((value) => (
        <line
          key={value}
          x1={left}
          x2={width}
          y1={Math.round(y(value)) + 0.5}
          y2={Math.round(y(value)) + 0.5}
          className={value === 0 ? classes.base : classes.grid}
        />
      ))}
      {left > 0 &&
        [top, top / 2].map((value) => (
          <text
            key={value}
            x={measure === "count" ? left - 8 : 0}
            y={y(value) + (measure === "count" ? 4 : 12)}
            className={`${classes.axis} ${classes.halo}`}
            textAnchor={measure === "count" ? "end" : "start"}
          >
            {written(value)}
          </text>
        ))}
    </>
  );
}

interface MarkProps {
  bar: Bar;
  measure: Measure;
  x: (at: number) => number;
  y: (value: number) => number;
  left: number;
  right: number;
  top: number;
  brush: Window | null;
}

function BarMark({ bar, measure, x, y, left, right, top, brush }: MarkProps) {
  const from = Math.max(left, x(bar.from));
  const width = Math.max(1, Math.min(right, x(bar.to)) - from - 1);
  const middle = (bar.from + bar.to) / 2;
  const outside = brush !== null && (middle < brush.from || middle > brush.to);
  const rect = (low: number, most: number, className: string | undefined, gap = 0) => {
    const high = Math.min(most, top);
    return (
      high > low && (
        <rect
          x={from}
          width={width}
          y={y(high)}
          height={Math.max(1, y(low) - y(high) - gap)}
          className={className}
        />
      )
    );
  };
  const [p10, p25, p50, p75, , p99] = bar.values;
  return (
    <g opacity={outside ? 0.5 : 1}>
      {measure === "count" && (
        <>
          {rect(0, bar.ok, classes.ok)}
          {rect(bar.ok, bar.ok + bar.error, classes.err, bar.ok > 0 ? 1 : 0)}
        </>
      )}
      {measure === "cost" && rect(0, bar.values[0] ?? 0, classes.ok)}
      {measure === "latency" && (
        <>
          {rect(p10 ?? 0, p99 ?? 0, classes.heatLow)}
          {rect(p25 ?? 0, p75 ?? 0, classes.heatHigh)}
          {p50 != null && (
            <rect x={from} width={width} y={y(p50) - 1} height={2} className={classes.median} />
          )}
        </>
      )}
    </g>
  );
}

interface EdgeProps {
  brush: Window;
  x: (at: number) => number;
  width: number;
  left: number;
  height: number;
}

function BrushEdges({ brush, x, width, left, height }: EdgeProps) {
  const middle = (x(brush.from) + x(brush.to)) / 2;
  return (
    <g className={classes.edges}>
      {[brush.from, brush.to].map((at, i) => (
        <g key={i === 0 ? "from" : "to"} transform={`translate(${x(at)} 0)`}>
          <line y1={TOP} y2={TOP + height} />
          <rect x={-3} y={TOP + height / 2 - 9} width={6} height={18} rx={3} />
          <rect x={-HANDLE} y={TOP} width={2 * HANDLE} height={height} className={classes.grip} />
        </g>
      ))}
      <text
        x={Math.min(Math.max(middle, left + 40), width - 60)}
        y={TOP - 12.5}
        textAnchor="middle"
        className={classes.brushLabel}
      >
        {brushLabel(brush)}
      </text>
    </g>
  );
}

function told(bar: Bar, measure: Measure): string[] {
  if (measure === "count") return [`${count(bar.ok)} ok`, plural(bar.error, "error")];
  if (measure === "cost") return [cost(bar.values[0], 4)];
  return QUANTILES.map((q, i) => `${q} ${duration(bar.values[i])}`);
}

/** The strip in a sentence, for those who do not see it. */
function sentence(bars: readonly Bar[], measure: Measure, window: Window): string {
  const range = brushLabel(window);
  const last = bars.findLast((bar) => heightOf(bar, measure) > 0);
  if (!last) return `${range}: no data.`;
  const ok = bars.reduce((sum, bar) => sum + bar.ok, 0);
  const error = bars.reduce((sum, bar) => sum + bar.error, 0);
  const whole = measure === "count" ? `${count(ok)} ok and ${plural(error, "error")}; ` : "";
  return `${range}: ${whole}last ${brushLabel(last)}: ${told(last, measure).join(", ")}.`;
}
