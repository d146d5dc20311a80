import { useElementSize } from "@mantine/hooks";
import { Workflow } from "lucide-react";
import { useMemo, useState } from "react";
import { cost, count, duration, plural } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import { ScrollBox } from "../../parts/ScrollBox";
import { EmptyState } from "../../parts/states";
import { END, START, type StepEdge, type StepGraph, type StepNode, stepGraph } from "../graph";
import { useTraceView } from "../view";
import classes from "./graph.module.css";

const WIDTH = 196;
const HEIGHT = 48;
const GAP_X = 24;
const GAP_Y = 52;
const MARGIN = 28;
/** More steps than this make no picture that anybody can read. */
const MOST = 150;

/** A graph that is a little too wide is drawn smaller, as long as its words can be read. */
const SMALLEST = 0.85;

interface Spot {
  x: number;
  y: number;
}

/** The steps of the agent: equal ones once, what followed what, and how often. */
export function GraphView() {
  const { tree } = useTraceView();
  const graph = useMemo(() => stepGraph(tree), [tree]);
  if (graph.nodes.length <= 2) {
    return (
      <EmptyState icon={Workflow} title="This trace has no steps to draw">
        It consists of one span. The tree shows it.
      </EmptyState>
    );
  }
  if (graph.nodes.length > MOST) {
    return (
      <EmptyState icon={Workflow} title={`${count(graph.nodes.length)} different steps`}>
        Drawn as a graph nobody could read them. The tree and the waterfall show them all.
      </EmptyState>
    );
  }
  return <Drawing graph={graph} />;
}

function Drawing({ graph }: { graph: StepGraph }) {
  const { selected } = useTraceView();
  const [first] = useState(
    () => graph.nodes.find((node) => selected && node.spans.includes(selected)) ?? graph.nodes[0],
  );
  const spots = useMemo(() => places(graph), [graph]);
  const returns = graph.edges.filter((edge) => edge.back);
  const lanes = new Map(returns.map((edge, at) => [edge, at]));
  const inner = graph.width * (WIDTH + GAP_X) - GAP_X;
  const width = MARGIN * 2 + inner + returns.length * 18 + 60;
  const height = MARGIN * 2 + graph.layers * (HEIGHT + GAP_Y) - GAP_Y;
  const steps = graph.nodes.filter((node) => node.key !== START && node.key !== END);
  const { ref, width: room } = useElementSize();
  const scale = room > 0 ? Math.max(SMALLEST, Math.min(1, room / width)) : 1;
  const taken = steps.reduce((sum, node) => sum + node.spans.length, 0);
  return (
    <div className={classes.view}>
      <p className={classes.summary}>
        {plural(steps.length, "different step")}, taken {plural(taken, "time")}
        {graph.loops > 0 && `, ${plural(graph.loops, "way back", "ways back")} to an earlier one`}
      </p>
      <ScrollBox ref={ref} className={classes.scroll} role="group" label="Graph of steps">
        <div className={classes.sheet} style={{ width, height, zoom: scale }}>
          <svg width={width} height={height} aria-hidden="true">
            <defs>
              <marker
                id="arrow"
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="7"
                markerHeight="7"
                orient="auto-start-reverse"
              >
                <path d="M0 0.5L7 4L0 7.5" className={classes.arrow} />
              </marker>
            </defs>
            {graph.edges.map((edge) => (
              <Edge
                key={`${edge.from}→${edge.to}`}
                edge={edge}
                spots={spots}
                right={MARGIN + inner + 16 + (lanes.get(edge) ?? 0) * 18}
              />
            ))}
          </svg>
          {graph.nodes.map((node) => (
            <Step
              key={node.key}
              node={node}
              spot={spots.get(node.key) as Spot}
              first={node === first}
            />
          ))}
        </div>
      </ScrollBox>
    </div>
  );
}

function bringToMiddle(element: HTMLElement | null) {
  element?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** The middle of every node; a layer with fewer nodes than the widest stands centred. */
function places(graph: StepGraph): Map<string, Spot> {
  const widths: number[] = [];
  for (const node of graph.nodes)
    widths[node.layer] = Math.max(widths[node.layer] ?? 0, node.column + 1);
  const inner = graph.width * (WIDTH + GAP_X) - GAP_X;
  return new Map(
    graph.nodes.map((node) => {
      const own = (widths[node.layer] as number) * (WIDTH + GAP_X) - GAP_X;
      const x = MARGIN + (inner - own) / 2 + node.column * (WIDTH + GAP_X) + WIDTH / 2;
      const y = MARGIN + node.layer * (HEIGHT + GAP_Y) + HEIGHT / 2;
      return [node.key, { x, y }];
    }),
  );
}

interface EdgeProps {
  edge: StepEdge;
  spots: Map<string, Spot>;
  /** Where an edge that passes by other layers runs. */
  right: number;
}

function Edge({ edge, spots, right }: EdgeProps) {
  const from = spots.get(edge.from) as Spot;
  const to = spots.get(edge.to) as Spot;
  const { line, label } = route(edge, from, to, right);
  return (
    <g>
      <path
        d={line}
        className={classes.edge}
        data-back={edge.back || undefined}
        markerEnd="url(#arrow)"
      />
      {edge.count > 1 && (
        <>
          <rect
            x={label.x - 13}
            y={label.y - 8}
            width={26}
            height={16}
            rx={3}
            className={classes.countBox}
          />
          <text x={label.x} y={label.y + 4} className={classes.count}>
            ×{edge.count}
          </text>
        </>
      )}
    </g>
  );
}

/** Counts stand beside their lines: that of the way there on the left, of the way back right. */
const ASIDE = 8;

const half = (key: string) => (key === START || key === END ? 13 : HEIGHT / 2);

/** The line of an edge: down to the next step, back up beside it, or round the outside. */
function route(edge: StepEdge, from: Spot, to: Spot, right: number): { line: string; label: Spot } {
  if (edge.from === edge.to) {
    const [x, y] = [from.x + WIDTH / 2, from.y];
    const line = `M${x} ${y - 10}C${x + 26} ${y - 16} ${x + 26} ${y + 16} ${x + 2} ${y + 10}`;
    return { line, label: { x: x + 20, y } };
  }
  if (!edge.back) {
    const [top, bottom] = [from.y + half(edge.from), to.y - half(edge.to) - 1];
    const bend = (bottom - top) / 2;
    const line = `M${from.x} ${top}C${from.x} ${top + bend} ${to.x} ${bottom - bend} ${to.x} ${bottom}`;
    return { line, label: { x: (from.x + to.x) / 2 - ASIDE, y: (top + bottom) / 2 } };
  }
  const [top, bottom] = [from.y - half(edge.from), to.y + half(edge.to) + 1];
  if (top > bottom && top - bottom <= GAP_Y + 2) {
    const [x0, x1] = [from.x + 22, to.x + 22];
    const bend = (top - bottom) / 2;
    const line = `M${x0} ${top}C${x0} ${top - bend} ${x1} ${bottom + bend} ${x1} ${bottom}`;
    return { line, label: { x: (x0 + x1) / 2 + ASIDE, y: (top + bottom) / 2 } };
  }
  const [x0, x1] = [from.x + WIDTH / 4, to.x + WIDTH / 4];
  const line = `M${x0} ${top}V${top - 16}H${right}V${bottom + 16}H${x1}V${bottom}`;
  return { line, label: { x: right, y: (top + bottom) / 2 } };
}

interface StepProps {
  node: StepNode;
  spot: Spot;
  /** What the picture opens at, where it is wider than its place. */
  first: boolean;
}

function Step({ node, spot, first }: StepProps) {
  const { selected, select } = useTraceView();
  const ref = first ? bringToMiddle : undefined;
  if (node.key === START || node.key === END) {
    return (
      <span ref={ref} className={classes.terminal} style={{ left: spot.x, top: spot.y }}>
        {node.key}
      </span>
    );
  }
  const at = selected ? node.spans.indexOf(selected) : -1;
  const next = node.spans[(at + 1) % node.spans.length];
  const figures = [duration(node.ms), node.cost === null ? null : cost(node.cost)].filter(Boolean);
  return (
    <button
      ref={ref}
      type="button"
      className={classes.step}
      data-here={at >= 0 || undefined}
      data-failed={node.errors > 0 || undefined}
      style={{ left: spot.x - WIDTH / 2, top: spot.y - HEIGHT / 2, width: WIDTH, height: HEIGHT }}
      title={node.spans.length > 1 ? "Press again for the next one" : node.name}
      onClick={() => next && select(next.span.span_id)}
    >
      <KindIcon kind={node.kind} size={15} />
      <span className={classes.text}>
        <span className={`${classes.name} ellipsis`}>{node.name}</span>
        <span className={classes.figures}>
          {figures.join(" · ")}
          {node.errors > 0 && <b> · {plural(node.errors, "error")}</b>}
        </span>
      </span>
      {node.spans.length > 1 && (
        <span className={classes.times}>
          {at >= 0 ? `${at + 1} of ${node.spans.length}` : `×${node.spans.length}`}
        </span>
      )}
    </button>
  );
}
