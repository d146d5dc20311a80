import { type PointerEvent, useRef, useState } from "react";
import { plural, score as written } from "../../format";
import { DEFAULT_THRESHOLDS } from "../../parts/scores";
import classes from "./Facets.module.css";

interface Bucket {
  from: number;
  to: number;
  count: number;
}

interface Range {
  from: number | null;
  to: number | null;
}

interface Props {
  field: string;
  buckets: readonly Bucket[];
  range: Range | null;
  onRange: (range: Range | null) => void;
}

const WIDTH = 156;
const HEIGHT = 34;

/** How often a number takes which values; dragging chooses a range, a click on it takes it back. */
export function Histogram({ field, buckets, range, onRange }: Props) {
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const first = buckets[0];
  const last = buckets.at(-1);
  if (!first || !last) return null;
  const low = first.from;
  const high = last.to;
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const x = (value: number) => ((value - low) / (high - low || 1)) * WIDTH;
  const isScore = field.startsWith("scores.");

  function bucketAt(event: PointerEvent): number {
    const box = svg.current?.getBoundingClientRect();
    const share = box ? (event.clientX - box.left) / box.width : 0;
    return Math.min(buckets.length - 1, Math.max(0, Math.floor(share * buckets.length)));
  }

  function finish(event: PointerEvent) {
    if (!drag) return;
    const ends = [drag[0], bucketAt(event)]; // the last move may not be drawn yet
    const [a, b] = [Math.min(...ends), Math.max(...ends)];
    const from = rounded(buckets[a]?.from ?? low);
    const to = rounded(buckets[b]?.to ?? high);
    const same = range?.from === from && range.to === to;
    onRange(same ? null : { from, to });
    setDrag(null);
  }

  const chosen = drag
    ? { from: buckets[Math.min(...drag)]?.from ?? low, to: buckets[Math.max(...drag)]?.to ?? high }
    : range;

  return (
    <div className={classes.histogram}>
      <svg
        ref={svg}
        width="100%"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        height={HEIGHT}
        role="img"
        aria-label={`${plural(buckets.length, "range")} from ${written(low)} to ${written(high)}; most often ${mode(buckets)}`}
        onPointerDown={(event) => {
          svg.current?.setPointerCapture(event.pointerId);
          const at = bucketAt(event);
          setDrag([at, at]);
        }}
        onPointerMove={(event) => drag && setDrag([drag[0], bucketAt(event)])}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(null)}
      >
        {chosen && (
          <rect
            x={x(chosen.from ?? low)}
            width={x(chosen.to ?? high) - x(chosen.from ?? low)}
            height={HEIGHT}
            className={classes.histogramBrush}
          />
        )}
        {buckets.map((bucket) => {
          const height =
            bucket.count === 0 ? 0 : Math.max(1.5, (bucket.count / most) * (HEIGHT - 1));
          const bad = isScore && high <= 1 && bucket.to <= DEFAULT_THRESHOLDS.err + 1e-9;
          return (
            <rect
              key={bucket.from}
              x={x(bucket.from)}
              width={Math.max(1, x(bucket.to) - x(bucket.from) - 1.5)}
              y={HEIGHT - height}
              height={height}
              className={bad ? classes.histogramBad : classes.histogramBar}
            >
              <title>{`${written(bucket.from)} – ${written(bucket.to)}: ${bucket.count}`}</title>
            </rect>
          );
        })}
        <line
          x1={0}
          x2={WIDTH}
          y1={HEIGHT - 0.5}
          y2={HEIGHT - 0.5}
          className={classes.histogramBase}
        />
      </svg>
      <div className={classes.histogramAxis}>
        <span>{axis(low)}</span>
        <span>{axis((low + high) / 2)}</span>
        <span>{axis(high)}</span>
      </div>
    </div>
  );
}

/** A bound as a person would write it. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function axis(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function mode(buckets: readonly Bucket[]): string {
  const best = buckets.reduce((a, b) => (b.count > a.count ? b : a));
  return `${written(best.from)} to ${written(best.to)}`;
}
