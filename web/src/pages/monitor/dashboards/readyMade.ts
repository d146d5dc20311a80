/** The ready-made board as panels, to begin a dashboard with. */

import type { Measured } from "../../../api/types";
import { mean } from "../../overview/questions";
import { type BoardChart, SECTIONS } from "../board";
import { PAID, rowsOf, TOOLS } from "../questions";
import { settled } from "./grid";
import type { NewDashboard, Panel, PanelKind } from "./model";

const SIZE = { w: 3, h: 4 };
const A_ROW = 4;
/** A dashboard has no more. */
const MOST = 30;

type Drawn = Pick<Panel, "title" | "kind" | "question"> & Partial<Pick<Panel, "options">>;

/** The panels of the ready-made board for a project that has some scores, and some charts. */
export function readyMade(
  name: string,
  scores: readonly string[],
  isThere: (chart: BoardChart) => boolean = () => true,
): NewDashboard {
  const drawn = [
    ...SECTIONS.flatMap(({ charts }) => charts.filter(isThere).map(panelOf)),
    ...TOOLS_AND_ERRORS,
    ...scores.map(scorePanel),
  ].slice(0, MOST);
  const panels = drawn.map((one, n) => ({
    options: {},
    ...one,
    id: `panel-${n + 1}`,
    position: { x: (n % A_ROW) * SIZE.w, y: Math.floor(n / A_ROW) * SIZE.h, ...SIZE },
  }));
  return { name, description: "", refresh_s: null, panels: settled(panels) };
}

function panelOf(chart: BoardChart): Drawn {
  const measures = chart.lines
    // Tokens from the cache are part of the input, and measures are not taken from each other.
    .filter(
      ({ measure, rest }) => !rest && !/^sum\([\w.]*(cached|cache_write)_tokens\)$/.test(measure),
    )
    .map(({ measure }) => measure);
  const spent = chart.byModel === true && chart.source === "traces";
  const rows: Pick<Measured, "scope" | "filter"> = spent
    ? { scope: "spans", filter: PAID }
    : rowsOf(chart.source, "");
  const question: Measured = chart.byModel
    ? { ...rows, measures: [chart.figure], group_by: ["model"] }
    : { ...rows, measures };
  const title = chart.byModel ? `${chart.title} by model` : chart.title;
  return { title, kind: kindOf(chart), question, options: { unit: chart.unit } };
}

function kindOf({ stacked, lines }: BoardChart): PanelKind {
  if (stacked) return "stacked";
  return lines.some(({ filled }) => filled) ? "area" : "line";
}

const TOOLS_AND_ERRORS: readonly Drawn[] = [
  {
    title: "Calls by tool",
    kind: "table",
    question: {
      scope: "spans",
      filter: TOOLS,
      measures: ["count", "error_rate", "p95(duration_ms)"],
      group_by: ["name"],
    },
  },
  {
    title: "p95 by tool",
    kind: "line",
    question: {
      scope: "spans",
      filter: TOOLS,
      measures: ["p95(duration_ms)"],
      group_by: ["name"],
    },
  },
  {
    title: "Failed traces by type of error",
    kind: "stacked",
    question: {
      scope: "traces",
      filter: 'status = "error"',
      measures: ["count"],
      group_by: ["error_type"],
    },
  },
];

function scorePanel(name: string): Drawn {
  const question: Measured = { scope: "traces", measures: [mean(name)] };
  return { title: name, kind: "line", question, options: { unit: "score" } };
}
