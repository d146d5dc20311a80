/** The columns of the table: one entry each, with what a cell shows and how wide it may be. */

import type { ReactNode } from "react";
import { errorText, shortType, withoutType } from "../../errorText";
import { clock, cost, count, duration, exactTime, time, UNKNOWN } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import { ScorePill } from "../../parts/ScorePill";
import { StatusMark } from "../../parts/StatusMark";
import { metadataAt, type Row } from "./rows";
import type { Scope } from "./state";
import classes from "./Table.module.css";

export interface CellContext {
  /** All rows fit into one turn of the clock: the day need not be written. */
  clockOnly: boolean;
  /** Names of the scores that are thumbs: their column has no digits to align with. */
  thumbs: ReadonlySet<string>;
}

export interface Column {
  id: string;
  label: string;
  /** Pixels; `grow` shares what is left over. */
  width: number;
  grow?: number;
  number?: boolean;
  /** The name by which the server orders; absent where it cannot. */
  order?: string;
  cell: (row: Row, context: CellContext) => ReactNode;
  /** What stands in the tooltip of the cell. */
  title?: (row: Row) => string | undefined;
}

const dash = <span className={classes.dash}>{UNKNOWN}</span>;
const digitDash = <span className={classes.digitDash}>{UNKNOWN}</span>;

function text(value: string | null | undefined, className = ""): ReactNode {
  return value ? <span className={className}>{value}</span> : dash;
}

function known(value: string): ReactNode {
  return value === UNKNOWN ? dash : value;
}

function outputCell(row: Row): ReactNode {
  if (row.status === "error" && (row.errorType || row.statusMessage))
    return (
      <>
        <span className={classes.errorType}>{shortType(row.errorType) ?? "Error"}</span>
        {row.statusMessage && <>: {withoutType(row.statusMessage, row.errorType)}</>}
      </>
    );
  return text(oneLine(row.output));
}

/** A preview on one line. */
function oneLine(preview: string | null): string | null {
  return preview?.replace(/\s+/g, " ").trim() ?? null;
}

function tokenTitle(row: Row): string | undefined {
  if (row.totalTokens === null) return undefined;
  return `in ${count(row.inputTokens)} · out ${count(row.outputTokens)} · cached ${count(row.cachedTokens)}`;
}

function list(
  id: string,
  label: string,
  width: number,
  of: (row: Row) => readonly string[],
): Column {
  return {
    id,
    label,
    width,
    cell: (row) => text(of(row).join(", "), classes.second),
    title: (row) => of(row).join(", "),
  };
}

const START: Column = {
  id: "start",
  label: "Start",
  width: 70,
  order: "start_time",
  cell: (row, { clockOnly }) => (
    <span className="num">{clockOnly ? clock(row.start) : time(row.start)}</span>
  ),
  title: (row) => exactTime(row.start),
};

const TABLE: readonly Column[] = [
  START,
  {
    id: "name",
    label: "Name",
    width: 100,
    order: "name",
    cell: (row) => (
      <span className={classes.name}>
        {row.kind && <KindIcon kind={row.kind} />}
        <span className="ellipsis">{row.name || UNKNOWN}</span>
      </span>
    ),
    title: (row) => row.name,
  },
  {
    id: "input",
    label: "Input",
    width: 110,
    grow: 1,
    cell: (row) => text(oneLine(row.input)),
    title: (row) => row.input ?? undefined,
  },
  {
    id: "output",
    label: "Output",
    width: 120,
    grow: 1.2,
    cell: (row) => <span className={classes.second}>{outputCell(row)}</span>,
    title: (row) =>
      row.status === "error"
        ? (errorText(row.errorType, row.statusMessage) ?? undefined)
        : (row.output ?? undefined),
  },
  {
    id: "status",
    label: "Status",
    width: 72,
    order: "status",
    cell: (row) => <StatusMark status={row.status} />,
  },
  {
    id: "model",
    label: "Model",
    width: 128,
    cell: (row) => text(row.models.join(", "), classes.second),
    title: (row) => row.models.join(", "),
  },
  {
    id: "duration",
    label: "Duration",
    width: 51,
    number: true,
    order: "duration_ms",
    cell: (row) => known(duration(row.durationMs)),
  },
  {
    id: "first_token",
    label: "First token",
    width: 76,
    number: true,
    order: "time_to_first_token_ms",
    cell: (row) => known(duration(row.firstTokenMs)),
  },
  {
    id: "tokens",
    label: "Tokens",
    width: 57,
    number: true,
    order: "usage.total_tokens",
    cell: (row) => known(count(row.totalTokens)),
    title: tokenTitle,
  },
  {
    id: "cost",
    label: "Cost",
    width: 72,
    number: true,
    order: "cost.total",
    cell: (row) => known(cost(row.cost, 4)),
  },
  {
    id: "errors",
    label: "Err",
    width: 33,
    number: true,
    order: "error_count",
    cell: (row) => (row.errors ? <span className={classes.error}>{count(row.errors)}</span> : dash),
  },
  {
    id: "traces",
    label: "Traces",
    width: 56,
    number: true,
    order: "trace_count",
    cell: (row) => known(count(row.traces)),
  },
  {
    id: "spans",
    label: "Spans",
    width: 56,
    number: true,
    order: "span_count",
    cell: (row) => known(count(row.spans)),
  },
  {
    id: "llm_calls",
    label: "Model calls",
    width: 80,
    number: true,
    order: "llm_call_count",
    cell: (row) => known(count(row.llmCalls)),
  },
  list("providers", "Provider", 100, (row) => row.providers),
  {
    id: "user",
    label: "User",
    width: 100,
    cell: (row) => text(row.user, `${classes.second} mono`),
    title: (row) => row.user ?? undefined,
  },
  {
    id: "session",
    label: "Session",
    width: 110,
    cell: (row) => text(row.sessionId, `${classes.second} mono`),
    title: (row) => row.sessionId ?? undefined,
  },
  list("tags", "Tags", 120, (row) => row.tags),
  list("tools", "Tools", 120, (row) => row.tools),
  {
    id: "environment",
    label: "Environment",
    width: 96,
    cell: (row) => text(row.environment, classes.second),
  },
  {
    id: "release",
    label: "Release",
    width: 84,
    cell: (row) => text(row.release, classes.second),
  },
  {
    id: "trace_id",
    label: "Trace id",
    width: 240,
    cell: (row) => text(row.traceId, `${classes.second} mono`),
  },
];

const BY_ID = new Map(TABLE.map((column) => [column.id, column]));

const FITTING: Record<Scope, readonly string[]> = {
  traces: TABLE.map((column) => column.id).filter((id) => id !== "traces"),
  spans: TABLE.map((column) => column.id).filter(
    (id) => !["traces", "spans", "errors", "llm_calls"].includes(id),
  ),
  sessions: [
    ...["start", "session", "user", "input", "output", "status", "model", "duration", "tokens"],
    ...["cost", "errors", "traces", "tags", "environment", "release"],
  ],
};

const DEFAULTS: Record<Scope, readonly string[]> = {
  traces: ["start", "name", "input", "output", "model", "duration", "tokens", "cost", "errors"],
  spans: [
    ...["start", "name", "input", "output", "model", "duration", "first_token", "tokens", "cost"],
  ],
  sessions: [
    ...["start", "session", "user", "input", "output", "duration", "traces", "tokens", "cost"],
    "errors",
  ],
};

/** Scores whose columns stand there before anybody chose: the commonest ones. */
const SCORES_SHOWN = 2;

/** Ids of the columns of a scope before anybody chose. */
export function defaultColumns(scope: Scope, scores: readonly string[]): string[] {
  return [...DEFAULTS[scope], ...scores.slice(0, SCORES_SHOWN).map((name) => `scores.${name}`)];
}

/** Everything that can be a column in a scope, fixed ones first. */
export function possibleColumns(
  scope: Scope,
  scores: readonly string[],
  metadata: readonly string[],
): string[] {
  return [
    ...FITTING[scope],
    ...scores.map((name) => `scores.${name}`),
    ...metadata.map((path) => `metadata.${path}`),
  ];
}

/** Spans have longer names and cost less: "<$0.0001". */
const SPAN_WIDTHS: Record<string, number> = { name: 150, cost: 74 };

/** The column of an id, also of scores and metadata paths; null for what is no column here. */
export function columnOf(id: string, scope: Scope, clockOnly: boolean): Column | null {
  if (id === "start") return clockOnly ? START : { ...START, width: 126 };
  if (id.startsWith("scores.")) return scoreColumn(id.slice("scores.".length));
  if (id.startsWith("metadata.")) return metadataColumn(id.slice("metadata.".length));
  if (!FITTING[scope].includes(id)) return null;
  const column = BY_ID.get(id) ?? null;
  const width = scope === "spans" ? SPAN_WIDTHS[id] : undefined;
  return column && width ? { ...column, width } : column;
}

function scoreColumn(name: string): Column {
  return {
    id: `scores.${name}`,
    label: name,
    width: Math.min(110, Math.max(54, 18 + name.length * 5.6)),
    number: true,
    cell: (row, { thumbs }) => {
      const score = row.scores.get(name);
      if (score) return <ScorePill score={score} />;
      return thumbs.has(name) ? dash : digitDash;
    },
  };
}

function metadataColumn(path: string): Column {
  return {
    id: `metadata.${path}`,
    label: path,
    width: 120,
    cell: (row) => text(metadataAt(row.metadata, path), classes.second),
    title: (row) => metadataAt(row.metadata, path) ?? undefined,
  };
}
