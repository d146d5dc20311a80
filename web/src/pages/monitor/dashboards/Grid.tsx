import { GripVertical } from "lucide-react";
import {
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import classes from "./dashboards.module.css";
import { type Cell, inOrder, nudged, placed, placeInWords } from "./grid";
import type { Panel } from "./model";
import { GAP, ROW } from "./sizes";

interface Props {
  panels: readonly Panel[];
  editing: boolean;
  onChange: (panels: Panel[]) => void;
  children: (panel: Panel) => ReactNode;
}

type Part = "move" | "size";

interface Dragged {
  id: string;
  part: Part;
  from: Cell;
  at: { x: number; y: number };
  panels: Panel[];
}

const STEPS: Record<string, Partial<Cell>> = {
  ArrowLeft: { x: -1 },
  ArrowRight: { x: 1 },
  ArrowUp: { y: -1 },
  ArrowDown: { y: 1 },
};
const SIZES: Record<string, Partial<Cell>> = {
  ArrowLeft: { w: -1 },
  ArrowRight: { w: 1 },
  ArrowUp: { h: -1 },
  ArrowDown: { h: 1 },
};

/** Panels on twelve columns; while editing they are dragged, or moved by arrow keys. */
export function Grid({ panels, editing, onChange, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const [told, setTold] = useState("");
  const held = useRef<HTMLElement | null>(null);
  const shown = inOrder(dragged?.panels ?? panels);

  // A panel that changes its place among the others loses the focus that its grip had.
  useLayoutEffect(() => {
    if (held.current && document.activeElement === document.body) held.current.focus();
  });

  function begin(event: PointerEvent<HTMLElement>, { id, position }: Panel, part: Part) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus();
    const at = { x: event.clientX, y: event.clientY + scrolled(box.current) };
    setDragged({ id, part, from: position, at, panels: [...panels] });
  }

  function drag(event: PointerEvent<HTMLElement>) {
    if (!dragged || !box.current) return;
    const column = (box.current.clientWidth + GAP) / 12;
    const x = Math.round((event.clientX - dragged.at.x) / column);
    const y = Math.round((event.clientY + scrolled(box.current) - dragged.at.y) / (ROW + GAP));
    const { from, id, part } = dragged;
    const to =
      part === "move"
        ? { ...from, x: from.x + x, y: from.y + y }
        : { ...from, w: from.w + x, h: from.h + y };
    setDragged({ ...dragged, panels: placed(panels, id, to) });
  }

  function drop() {
    if (!dragged) return;
    setDragged(null);
    onChange(dragged.panels);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>, { id, title }: Panel, part: Part) {
    if (event.key === "Escape" && dragged) return setDragged(null);
    const step = (part === "size" || event.shiftKey ? SIZES : STEPS)[event.key];
    if (!step) return;
    event.preventDefault();
    held.current = event.currentTarget;
    const next = [...nudged(panels, id, step)];
    const cell = next.find((one) => one.id === id)?.position;
    if (cell) setTold(`${title || "Panel"}: ${placeInWords(cell)}`);
    onChange(next);
  }

  const grip = (panel: Panel, part: Part) => ({
    type: "button" as const,
    className: part === "move" ? classes.grip : classes.corner,
    "aria-label": `${part === "move" ? "Move" : "Resize"} ${panel.title || "panel"}`,
    title: part === "move" ? "Drag, or arrow keys; Shift for the size" : "Drag, or arrow keys",
    onPointerDown: (event: PointerEvent<HTMLElement>) => begin(event, panel, part),
    onPointerMove: drag,
    onPointerUp: drop,
    onPointerCancel: () => setDragged(null),
    onBlur: () => {
      held.current = null;
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => onKeyDown(event, panel, part),
  });

  return (
    <div ref={box} className={classes.grid}>
      {shown.map((panel) => (
        <div
          key={panel.id}
          className={classes.cell}
          data-panel={panel.id}
          data-editing={editing || undefined}
          data-dragged={panel.id === dragged?.id || undefined}
          style={styleOf(panel.position)}
        >
          {children(panel)}
          {editing && (
            <>
              <button {...grip(panel, "move")}>
                <GripVertical size={14} strokeWidth={1.75} aria-hidden />
              </button>
              <button {...grip(panel, "size")} />
            </>
          )}
        </div>
      ))}
      <p className="hidden-text" aria-live="polite">
        {told}
      </p>
    </div>
  );
}

/** Lines of a grid count from one. */
function styleOf({ x, y, w, h }: Cell): CSSProperties {
  const place = { "--x": x + 1, "--y": y + 1, "--w": w, "--h": h };
  return place as CSSProperties; // custom properties are not among React's own
}

/** How far the page is scrolled: a panel can be dragged below what is in sight. */
function scrolled(element: HTMLElement | null): number {
  return element?.closest("main")?.scrollTop ?? 0;
}
