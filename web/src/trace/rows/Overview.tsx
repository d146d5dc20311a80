import { useMemo, useRef, useState } from "react";
import { duration } from "../../format";
import { kindColor } from "../../parts/KindIcon";
import { useTraceView } from "../view";
import { overview, type Window } from "../waterfall";
import classes from "./waterfall.module.css";

const ROWS = 14;
const COLUMNS = 600;

interface Props {
  whole: Window;
  view: Window;
  setView: (view: Window | null) => void;
}

/** The whole trace drawn small; dragging over a part zooms into it. */
export function Overview({ whole, view, setView }: Props) {
  const { tree } = useTraceView();
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const strokes = useMemo(() => overview(tree, ROWS, COLUMNS), [tree]);
  const paths = useMemo(() => {
    const byKind = new Map<string, string>();
    for (const { kind, row, from, to } of strokes) {
      const line = `M${from * COLUMNS} ${row + 0.5}H${to * COLUMNS}`;
      byKind.set(kind, (byKind.get(kind) ?? "") + line);
    }
    return [...byKind];
  }, [strokes]);
  const length = whole.to - whole.from;
  const zoomed = view.to - view.from < length;
  const shown = drag ? { from: Math.min(...drag), to: Math.max(...drag) } : zoomed ? view : null;

  const at = (event: React.PointerEvent) => {
    const { left, width } = (box.current as HTMLDivElement).getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width)) * length;
  };
  return (
    <div className={classes.overviewCell}>
      <div
        ref={box}
        className={classes.overview}
        role="img"
        aria-label={`Overview of ${duration(length)}; shown: ${duration(view.from)} to ${duration(view.to)}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag([at(event), at(event)]);
        }}
        onPointerMove={(event) => drag && setDrag([drag[0], at(event)])}
        onPointerUp={(event) => {
          if (!drag) return;
          const ends = [drag[0], at(event)]; // the last move may not be drawn yet
          const [from, to] = [Math.min(...ends), Math.max(...ends)];
          setView(to - from > length / 200 ? { from, to } : null);
          setDrag(null);
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <svg viewBox={`0 0 ${COLUMNS} ${ROWS}`} preserveAspectRatio="none" aria-hidden="true">
          {paths.map(([kind, line]) => (
            <path
              key={kind}
              d={line}
              stroke={kind === "error" ? "var(--err-fill)" : kindColor(kind)}
              strokeWidth={kind === "error" ? 1.4 : 0.8}
            />
          ))}
        </svg>
        {shown && (
          <span
            className={classes.window}
            style={{
              left: `${(shown.from / length) * 100}%`,
              width: `${((shown.to - shown.from) / length) * 100}%`,
            }}
          />
        )}
      </div>
    </div>
  );
}
