import type { KeyboardEvent, PointerEvent } from "react";
import { NARROWEST, WIDEST } from "./columnMemory";
import classes from "./Table.module.css";

const STEP = 16;

interface Props {
  label: string;
  /** What was chosen; else the least that it takes. */
  width: number;
  onResize: (width: number | null) => void;
}

/** The right edge of a column's head: dragging or ← → change its width, a double click resets. */
export function ColumnEdge({ label, width, onResize }: Props) {
  function drag(event: PointerEvent<HTMLSpanElement>) {
    const edge = event.currentTarget;
    const begin = event.clientX;
    const before = widthOf(edge);
    edge.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) => onResize(before + moved.clientX - begin);
    const end = () => edge.removeEventListener("pointermove", move);
    edge.addEventListener("pointermove", move);
    edge.addEventListener("lostpointercapture", end, { once: true });
  }

  function key(event: KeyboardEvent<HTMLSpanElement>) {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onResize(widthOf(event.currentTarget) + by);
  }

  return (
    <span
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${label}`}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      aria-valuenow={width}
      tabIndex={0}
      title="Drag to change the width, double click for the usual one"
      className={classes.edge}
      // Else the browser would drag the whole head.
      onMouseDown={(event) => event.preventDefault()}
      onPointerDown={drag}
      onKeyDown={key}
      onDoubleClick={() => onResize(null)}
    />
  );
}

function widthOf(edge: HTMLElement): number {
  return edge.parentElement?.getBoundingClientRect().width ?? 0;
}
