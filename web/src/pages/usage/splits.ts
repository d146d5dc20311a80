/** What costs can be split by, and how it stands in the address. */
import type { Search } from "../../address";

export const SPLITS = {
  project: "Project",
  user: "User",
  model: "Model",
  provider: "Provider",
  prompt: "Prompt",
  prompt_version: "Prompt version",
  environment: "Environment",
  tag: "Tag",
} as const;
export const UNITS = { day: "Day", week: "Week", month: "Month" } as const;

export type Split = keyof typeof SPLITS;
export type Unit = keyof typeof UNITS;

const NAMES: Record<string, string> = { ...SPLITS, ...UNITS };

export interface Chosen {
  first: Split;
  /** The second one, if any; a time or another split. */
  second: Split | Unit | null;
}

/** The splits of the address: by model within a project, else by project. */
export function readSplits(search: Search, project: string | undefined): Chosen {
  const given = search.by && search.by in SPLITS ? (search.by as Split) : null;
  const first = given ?? (project ? "model" : "project");
  const second = search.and && search.and in NAMES ? (search.and as Split | Unit) : null;
  return { first, second: second === first ? null : second };
}

/** The head of a column of the answer. */
export function columnName(column: string): string {
  return NAMES[column] ?? column;
}

/** The bars of a chart: so long that some ninety fit. */
export function unitFor(fromMs: number, toMs: number): Unit {
  const days = (toMs - fromMs) / 86_400_000;
  if (days <= 100) return "day";
  return days <= 700 ? "week" : "month";
}
