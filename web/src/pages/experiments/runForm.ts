/** What is filled in to run an experiment, what is wrong with it, and what is sent. */

import type { Experiment } from "../../api/evaluation";
import type { components } from "../../api/openapi";

export type Evaluator = components["schemas"]["EvaluatorOut"];

export const TARGETS = ["prompt", "http"] as const;

/** All of it as it is typed. */
export interface Draft {
  name: string;
  dataset: string;
  /** Time of a version; empty is the newest. */
  version: string;
  splits: string[];
  target: (typeof TARGETS)[number];
  prompt: string;
  /** `version 3`, `label production`; empty is the newest. */
  which: string;
  model: string;
  parameters: string;
  url: string;
  headers: string;
  body: string;
  output: string;
  evaluators: string[];
  repetitions: string;
  concurrency: string;
  budget: string;
}

export const EMPTY: Draft = {
  ...{ name: "", dataset: "", version: "", splits: [], target: "prompt", prompt: "", which: "" },
  ...{ model: "", parameters: "", url: "", headers: "", body: "", output: "" },
  ...{ evaluators: [], repetitions: "1", concurrency: "10", budget: "" },
};

export const MOST_REPETITIONS = 100;
export const MOST_AT_ONCE = 100;

export type Problems = Partial<Record<keyof Draft, string>>;

/** What keeps it from being run, by field. */
export function problemsOf(draft: Draft): Problems {
  const problems: Problems = {};
  if (!draft.dataset) problems.dataset = "Choose the examples to run over.";
  if (draft.target === "prompt") {
    if (!draft.prompt) problems.prompt = "Choose a prompt.";
    if (!/^[^/\s]+\/\S+$/.test(draft.model.trim()))
      problems.model = "Name a model as provider/model.";
    if (!objectIn(draft.parameters)) problems.parameters = "This is no JSON object.";
  } else {
    if (!/^https?:\/\/[^/\s]+/.test(draft.url.trim()))
      problems.url = "An address begins with http:// or https://.";
    if (draft.body.trim() && jsonIn(draft.body) === undefined) problems.body = "This is no JSON.";
    if (!headersIn(draft.headers)) problems.headers = "One “Name: value” a line.";
  }
  if (!isWhole(draft.repetitions, MOST_REPETITIONS))
    problems.repetitions = `From 1 to ${MOST_REPETITIONS}.`;
  if (!isWhole(draft.concurrency, MOST_AT_ONCE))
    problems.concurrency = `From 1 to ${MOST_AT_ONCE}.`;
  if (draft.budget.trim() && !(Number(draft.budget) > 0))
    problems.budget = "More than 0 dollars, or nothing.";
  return problems;
}

function isWhole(text: string, most: number): boolean {
  const value = Number(text);
  return text.trim() !== "" && Number.isInteger(value) && value >= 1 && value <= most;
}

function objectIn(text: string): Record<string, unknown> | null {
  const value = text.trim() ? jsonIn(text) : {};
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function headersIn(text: string): Record<string, string> | null {
  const found: Record<string, string> = {};
  for (const line of text.split("\n").filter((one) => one.trim())) {
    const at = line.indexOf(":");
    if (at < 1) return null;
    found[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return found;
}

/** What is sent of a draft without problems. */
export function bodyOf(draft: Draft): Record<string, unknown> {
  return known({
    dataset_id: draft.dataset,
    version: draft.version || undefined,
    splits: draft.splits.length ? draft.splits : undefined,
    name: draft.name.trim() || undefined,
    repetitions: Number(draft.repetitions),
    concurrency: Number(draft.concurrency),
    evaluators: draft.evaluators,
    budget_usd: draft.budget.trim() ? Number(draft.budget) : undefined,
    target: draft.target === "prompt" ? promptOf(draft) : endpointOf(draft),
  });
}

function promptOf(draft: Draft): Record<string, unknown> {
  const [kind, value] = [draft.which.split(" ", 1)[0], draft.which.replace(/^\S+ /, "")];
  const parameters = objectIn(draft.parameters) ?? {};
  return known({
    kind: "prompt",
    prompt: draft.prompt,
    version: kind === "version" ? Number(value) : undefined,
    label: kind === "label" ? value : undefined,
    model: draft.model.trim(),
    parameters: Object.keys(parameters).length ? parameters : undefined,
  });
}

function endpointOf(draft: Draft): Record<string, unknown> {
  const headers = headersIn(draft.headers) ?? {};
  return known({
    kind: "http",
    url: draft.url.trim(),
    headers: Object.keys(headers).length ? headers : undefined,
    body_template: draft.body.trim() ? jsonIn(draft.body) : undefined,
    output_path: draft.output.trim() || undefined,
  });
}

function known(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export interface Estimate {
  runs: number;
  /** Dollars; null where nothing tells. */
  cost: number | null;
  /** The experiment whose runs it goes by. */
  by: string | null;
  /** Judges that cost something, but nobody knows how much. */
  unknown: string[];
}

/** What a run will cost, by what the newest experiment that is like it cost. */
export function estimateOf(
  draft: Draft,
  examples: number,
  earlier: readonly Experiment[],
  evaluators: readonly Evaluator[],
): Estimate {
  const runs = examples * (Number(draft.repetitions) || 0);
  const costly = earlier.filter(({ stats }) => stats?.cost.total && stats.run_count > 0);
  const model = draft.model.trim().replace(/^[^/]*\//, "");
  const like =
    costly.find((one) => String(one.metadata.model ?? "").endsWith(model || " ")) ?? costly[0];
  const chosen = evaluators.filter((one) => draft.evaluators.includes(one.id));
  const judges = chosen.filter((one) => one.kind === "judge");
  const unknown = judges.filter((one) => !one.cost || !one.verdicts).map((one) => one.name);
  const judging = judges.reduce(
    (sum, one) => sum + (one.cost && one.verdicts ? one.cost / one.verdicts : 0),
    0,
  );
  if (draft.target === "http" || !like?.stats?.cost.total)
    return { runs, cost: null, by: null, unknown };
  const perRun = like.stats.cost.total / like.stats.run_count;
  return { runs, cost: runs * (perRun + judging), by: like.name, unknown };
}
