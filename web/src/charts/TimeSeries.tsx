import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type MouseEvent, useContext, useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { ChartMarks } from "./ChartMarks";
import classes from "./charts.module.css";
import { type Cluster, clustered, Marks, marksSentence, marksWithin } from "./marks";
import { columnsOf, markLeft, optionsOf } from "./plot";
import type { ChartData } from "./series";
import { Tooltip, type TooltipName, type TooltipRows } from "./Tooltip";

/** Air for the uppermost label, the plot, the line of its labels. */
export const HEIGHT = 8 + 138 + 24;

/** Pixels between the handles of two marks: no two are pressed for each other. */
const APART = 24;

interface Props {
  data: ChartData;
  /** What the chart shows, for those who do not see it. */
  sentence: string;
  /** Charts of one group share their crosshair. */
  group: string;
  rows?: TooltipRows;
  nameOf?: TooltipName;
  onRange?: (from: number, to: number) => void;
  height?: number;
}

interface Shown {
  /** The start of the bucket that the tooltip tells of. */
  at: number;
  /** Where the tooltip stands, in pixels from the chart's left. */
  left: number;
  kept: boolean;
}

/** Lines over time with a crosshair; pressing keeps the tooltip, so that its link can be reached. */
export function TimeSeries(props: Props) {
  const { sentence, group, rows, nameOf, onRange, height = HEIGHT } = props;
  const data = useMarked(props.data);
  const scheme = useComputedColorScheme("light");
  const { ref: sized, width } = useElementSize<HTMLDivElement>();
  const holder = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(null);
  const fonts = useFonts();
  const [shown, setShown] = useState<Shown | null>(null);
  const [clusters, setClusters] = useState<readonly Cluster[]>([]);
  const kept = shown?.kept ?? false;
  const range = useRef(onRange);
  range.current = onRange;
  const content = JSON.stringify(data); // a parent drawn anew makes an equal one

  // biome-ignore lint/correctness/useExhaustiveDependencies: data by its content; the scheme changes what the tokens resolve to
  useEffect(() => {
    const element = holder.current;
    if (!element || width === 0 || !fonts) return;
    const onHover = (plot: uPlot, index: number | null) => {
      const at = index === null ? undefined : data.starts[index];
      if (at !== undefined && !plot.over.matches(":hover")) return; // moved by a neighbour
      const left = plot.over.offsetLeft + (plot.cursor.left ?? 0);
      const there = at === undefined ? null : { at, left, kept: false };
      setShown((now) => (now?.kept ? now : there));
    };
    const onReady = (plot: uPlot) => {
      setShown((now) =>
        now && data.starts.includes(now.at) ? { ...now, left: leftOf(plot, now.at) } : null,
      );
      setClusters(clustered(data.marks, (at) => markLeft(plot, data, at), APART));
    };
    const options = optionsOf(data, { width, height }, element, group, {
      onHover,
      onReady,
      onRange: range.current && ((from: number, to: number) => range.current?.(from, to)),
    });
    const { left = -10, top = -10 } = drawn.current?.cursor ?? {}; // the pointer has not moved
    const cursor = { ...options.cursor, left, top };
    const plot = new uPlot({ ...options, cursor }, columnsOf(data), element);
    drawn.current = plot;
    return () => plot.destroy();
  }, [content, width, height, group, scheme, fonts]);

  useEffect(() => {
    if (!kept) return;
    const release = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key !== "Escape") return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("[data-tooltip]")) return;
      if (event.type === "pointerdown" && holder.current?.contains(target)) return; // press() does
      setShown(null);
    };
    document.addEventListener("pointerdown", release, true);
    document.addEventListener("keydown", release);
    return () => {
      document.removeEventListener("pointerdown", release, true);
      document.removeEventListener("keydown", release);
    };
  }, [kept]);

  const press = (event: MouseEvent) => {
    const plot = drawn.current;
    if (!plot || plot.select.width > 0) return; // a range was dragged
    const left = event.clientX - plot.over.getBoundingClientRect().left;
    const inside = left >= 0 && left <= plot.over.clientWidth;
    const at = inside && !kept ? data.starts[plot.posToIdx(left)] : undefined;
    setShown(at === undefined ? null : { at, left: plot.over.offsetLeft + left, kept: true });
  };
  const index = shown ? data.starts.indexOf(shown.at) : -1;

  return (
    <div ref={sized} className={classes.plot}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: "show as table" is the way without a pointer */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the same */}
      <div className={classes.canvas} style={{ height }} onClick={press}>
        <div ref={holder} role="img" aria-label={sentence + marksSentence(data.marks)} />
      </div>
      <ChartMarks clusters={clusters} width={width} />
      {shown && index >= 0 && (
        <Tooltip
          data={data}
          index={index}
          left={shown.left}
          width={width}
          kept={kept}
          rows={rows}
          nameOf={nameOf}
        />
      )}
    </div>
  );
}

/** The chart with the marks of the page that lie in its time. */
function useMarked(data: ChartData) {
  const all = useContext(Marks);
  const last = data.starts[data.starts.length - 1] ?? 0;
  return { ...data, marks: marksWithin(all, data.starts[0] ?? 0, last + data.interval.ms) };
}

/** Where a bucket stands, in pixels from the chart's left. */
function leftOf(plot: uPlot, at: number): number {
  return plot.over.offsetLeft + plot.valToPos(at, "x");
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
