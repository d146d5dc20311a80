import { type ReactNode, useRef, useState } from "react";
import classes from "./trace.module.css";

const PLACE = "pilothouse-panel";
const LEAST = 320;

function kept(): number | null {
  try {
    return Number(localStorage.getItem(PLACE)) || null;
  } catch {
    return null;
  }
}

interface Props {
  usual: number;
  /** Whether the span was chosen, not given: on the phone only then the panel covers the page. */
  chosen: boolean;
  children: ReactNode;
}

/** The side panel: as wide as it was dragged, on the phone a page of its own. */
export function PanelSlot({ usual, chosen, children }: Props) {
  const [width, setWidth] = useState<number | null>(kept);
  const edge = useRef<{ x: number; width: number } | null>(null);
  const now = width ?? usual;

  function change(next: number) {
    const most = Math.max(LEAST, window.innerWidth * 0.7);
    const clamped = Math.round(Math.min(most, Math.max(LEAST, next)));
    setWidth(clamped);
    try {
      localStorage.setItem(PLACE, String(clamped));
    } catch {
      // private windows may refuse: the width then holds until the page is left
    }
  }
  return (
    <aside
      className={classes.panel}
      data-chosen={chosen || undefined}
      style={{ width: now }}
      aria-label="Span"
    >
      <div
        className={classes.edge}
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the panel"
        aria-valuenow={now}
        aria-valuemin={LEAST}
        aria-valuemax={1600}
        tabIndex={0}
        onPointerDown={(event) => {
          edge.current = { x: event.clientX, width: now };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (edge.current) change(edge.current.width + edge.current.x - event.clientX);
        }}
        onPointerUp={() => {
          edge.current = null;
        }}
        onDoubleClick={() => change(usual)}
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") change(now + 16);
          else if (event.key === "ArrowRight") change(now - 16);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {children}
    </aside>
  );
}
