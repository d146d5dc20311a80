import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import classes from "./charts.module.css";
import { columnsOf, optionsOf } from "./plot";
import type { ChartData } from "./series";
import { Tooltip, type TooltipRows } from "./Tooltip";

const HEIGHT = 8 + 138 + 24; // air for the uppermost label, the plot, the line of its labels

interface Props {
  data: ChartData;
  /** What the chart shows, for those who do not see it. */
  sentence: string;
  /** Charts of one group share their crosshair. */
  group: string;
  rows?: TooltipRows;
  onRange?: (from: number, to: number) => void;
}

interface Hover {
  index: number;
  left: number;
}

/** Lines over time with a crosshair; pressing keeps the tooltip, so that its link can be reached. */
export function TimeSeries({ data, sentence, group, rows, onRange }: Props) {
  const scheme = useComputedColorScheme("light");
  const { ref: sized, width } = useElementSize<HTMLDivElement>();
  const holder = useRef<HTMLDivElement>(null);
  const fonts = useFonts();
  const [hover, setHover] = useState<Hover | null>(null);
  const [kept, setKept] = useState(false);
  const keep = useRef(false);
  keep.current = kept;
  const range = useRef(onRange);
  range.current = onRange;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes what the tokens resolve to
  useEffect(() => {
    const element = holder.current;
    if (!element || width === 0 || !fonts) return;
    const onHover = (plot: uPlot, index: number | null) => {
      if (keep.current) return;
      const over = plot.over.matches(":hover"); // a crosshair moved by a neighbour has no tooltip
      setHover(
        index === null || !over
          ? null
          : { index, left: plot.over.offsetLeft + (plot.cursor.left ?? 0) },
      );
    };
    const zoom = range.current && ((from: number, to: number) => range.current?.(from, to));
    const options = optionsOf(data, { width, height: HEIGHT }, element, group, {
      onHover,
      onRange: zoom,
    });
    const plot = new uPlot(options, columnsOf(data), element);
    return () => plot.destroy();
  }, [data, width, group, scheme, fonts]);

  useEffect(() => {
    if (!kept) return;
    const release = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key !== "Escape") return;
      if (event.target instanceof Element && event.target.closest("[data-tooltip]")) return;
      setKept(false);
      setHover(null);
    };
    document.addEventListener("pointerdown", release, true);
    document.addEventListener("keydown", release);
    return () => {
      document.removeEventListener("pointerdown", release, true);
      document.removeEventListener("keydown", release);
    };
  }, [kept]);

  return (
    <div ref={sized} className={classes.plot}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: "show as table" is the way without a pointer */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the same */}
      <div
        className={classes.canvas}
        style={{ height: HEIGHT }}
        onClick={() => setKept(hover !== null)}
      >
        <div ref={holder} role="img" aria-label={sentence} />
      </div>
      {hover && (
        <Tooltip
          data={data}
          index={hover.index}
          left={hover.left}
          width={width}
          kept={kept}
          rows={rows}
        />
      )}
    </div>
  );
}

/** True once the axis font is there: a canvas keeps the fallback for ever. */
function useFonts(): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let here = true;
    const done = () => here && setReady(true);
    document.fonts.load('500 11px "Inter Variable"').then(done, done);
    return () => {
      here = false;
    };
  }, []);
  return ready;
}
