/** Where things stand in the waterfall: a time axis, joints of the critical path, gaps by row. */
import type { CriticalPath, Gap } from "./path";
import type { Node, Tree } from "./tree";

/** A stretch of the trace that is in view, in milliseconds since its start. */
export interface Window {
  from: number;
  to: number;
}

export interface Tick {
  at: number;
  label: string;
}

const STEPS_MS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000],
  ...[3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000, 2_592_000_000],
];

const UNITS: [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
  [1, "ms"],
  [0.001, "µs"],
];

/** Round times in a window, at most so many. */
export function timeTicks({ from, to }: Window, most: number): Tick[] {
  const length = to - from;
  if (!(length > 0) || most < 1) return [{ at: from, label: "0" }];
  const last = STEPS_MS.at(-1) as number;
  const step =
    STEPS_MS.find((one) => length / one <= most) ?? Math.ceil(length / most / last) * last;
  const [size, unit] = UNITS.find(([one]) => step >= one) ?? [0.001, "µs"];
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step - 1e-9); at * step <= to + step * 1e-9; at += 1) {
    const value = Number(((at * step) / size).toFixed(3));
    ticks.push({ at: at * step, label: `${value} ${unit}` });
  }
  return ticks;
}

/** The window made narrower or wider about a moment, kept within the whole. */
export function zoomed(view: Window, whole: Window, factor: number, about?: number): Window {
  const middle = about ?? (view.from + view.to) / 2;
  const length = Math.min(whole.to - whole.from, Math.max((view.to - view.from) * factor, 0.01));
  const share = (middle - view.from) / (view.to - view.from || 1);
  return within({ from: middle - share * length, to: middle + (1 - share) * length }, whole);
}

/** The window moved by so many milliseconds, kept within the whole. */
export function panned(view: Window, whole: Window, by: number): Window {
  return within({ from: view.from + by, to: view.to + by }, whole);
}

function within(view: Window, whole: Window): Window {
  const length = Math.min(view.to - view.from, whole.to - whole.from);
  const from = Math.min(Math.max(view.from, whole.from), whole.to - length);
  return { from, to: from + length };
}

/** A joint of the critical path: from the row that ended to the row that went on. */
export interface Joint {
  fromRow: number;
  toRow: number;
  /** When the first ended and when the next began, milliseconds since the start of the trace. */
  at: number;
  until: number;
  waits: boolean;
}

/** Row of every span: of itself, or of the folded span it is hidden under. */
export function rowsOf(tree: Tree, visible: Node[]): Int32Array {
  const rows = new Int32Array(tree.nodes.length);
  visible.forEach((node, row) => {
    const next = visible[row + 1]?.index ?? tree.nodes.length;
    for (let at = node.index; at < next; at += 1) rows[at] = row;
  });
  return rows;
}

export function joints(tree: Tree, path: CriticalPath, rows: Int32Array): Joint[] {
  const found: Joint[] = [];
  let before: { row: number; to: number } | null = null;
  for (const step of path.steps) {
    if (!step.node || (step.node.children.length > 0 && !isLeafHere(step.node, rows))) continue;
    const row = rows[step.node.index] as number;
    if (before && before.row !== row) {
      found.push({
        fromRow: before.row,
        toRow: row,
        at: before.to - tree.start,
        until: step.from - tree.start,
        waits: path.gaps.some((gap) => gap.from < step.from && gap.to > (before?.to ?? 0)),
      });
    }
    before = { row, to: step.to };
  }
  return found;
}

/** Whether all that lies below a span is hidden in its row. */
function isLeafHere(node: Node, rows: Int32Array): boolean {
  return rows[node.last] === rows[node.index];
}

/** Gaps by the row they are drawn in: before what came next, or after what came last. */
export function gapsByRow(path: CriticalPath, rows: Int32Array): Map<number, Gap> {
  const found = new Map<number, Gap>();
  for (const gap of path.gaps) {
    const node = gap.next ?? gap.before;
    if (!node) continue;
    const row = rows[node.index] as number;
    const other = found.get(row);
    if (!other || other.to - other.from < gap.to - gap.from) found.set(row, gap);
  }
  return found;
}

/** A line of the overview above the waterfall; all in shares of its width and height. */
export interface Stroke {
  kind: string;
  row: number;
  from: number;
  to: number;
}

/**
 * The whole trace drawn small: all but the roots, spread over so many rows by their place in the
 * tree, merged where they fall into the same columns. Its size does not depend on the number of spans.
 */
export function overview(tree: Tree, rows: number, columns: number): Stroke[] {
  const drawn = tree.nodes.filter((node) => node.parent !== null || node.children.length === 0);
  const length = tree.end - tree.start || 1;
  const cells = new Map<string, Stroke>();
  drawn.forEach((node, place) => {
    const row = Math.floor((place * rows) / drawn.length);
    const from = Math.floor(((node.start - tree.start) / length) * columns);
    const to = Math.max(from + 1, Math.ceil(((node.end - tree.start) / length) * columns));
    const kind = node.span.status === "error" ? "error" : node.span.kind;
    const key = drawn.length > rows * 4 ? `${row} ${from} ${kind}` : `${place}`;
    const other = cells.get(key);
    if (!other) cells.set(key, { kind, row, from: from / columns, to: to / columns });
    else other.to = Math.max(other.to, to / columns);
  });
  return [...cells.values()];
}
