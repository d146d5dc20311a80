/** A rule as it is kept, as it is typed, and what became of what it saw. */
import { count } from "../../format";
import { type GuardDraft, guardDraftOf, guardOf, guardProblem } from "./guards";
import { budgetOf, type LimitDraft, limitProblem, limitsDraftOf } from "./limits";
import type { Rule, RuleStats, Unit } from "./queries";
import {
  NO_SAMPLING,
  type SamplingDraft,
  samplingDraftOf,
  samplingOf,
  samplingProblem,
} from "./sampling";

/** Why something was not scored, in words. */
const REASONS: Record<string, string> = {
  sampling: "not in the sample",
  budget: "the budget was used up",
  not_applicable: "nothing to judge",
  missing: "a field was missing",
  dropped: "waited too long",
};

export function reasonText(reason: string | null): string {
  if (!reason) return "";
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}

export function skippedOf(stats: RuleStats): number {
  return Object.values(stats.skipped).reduce((sum, n) => sum + n, 0);
}

/** The reasons for which something was skipped, the most frequent first. */
export function reasonsOf(stats: Pick<RuleStats, "skipped">): { reason: string; count: number }[] {
  return Object.entries(stats.skipped)
    .map(([reason, n]) => ({ reason, count: n }))
    .filter((one) => one.count > 0)
    .sort((a, b) => b.count - a.count);
}

/** `812 not in the sample, 3 the budget was used up` */
export function stateOf({ stats }: Pick<Rule, "stats">): string {
  return reasonsOf(stats)
    .map((one) => `${count(one.count)} ${reasonText(one.reason)}`)
    .join(", ");
}

export interface RuleDraft {
  name: string;
  evaluator: string;
  unit: Unit;
  filter: string;
  /** In per cent, as typed. */
  sample: string;
  sampling: SamplingDraft;
  mapping: Record<string, string>;
  limits: LimitDraft;
  idle: string;
  /** For a rule that an application asks while it waits. */
  guard: GuardDraft | null;
}

export function newRule(evaluator: string, name: string): RuleDraft {
  return {
    name,
    evaluator,
    unit: "trace",
    filter: "",
    sample: "10",
    sampling: NO_SAMPLING,
    mapping: {},
    limits: { usd_per_day: "5" },
    idle: "5",
    guard: null,
  };
}

export function ruleDraftOf(rule: Rule): RuleDraft {
  return {
    name: rule.name,
    evaluator: rule.evaluator_id,
    unit: rule.unit,
    filter: rule.filter,
    sample: String(Number((rule.sampling_rate * 100).toFixed(6))),
    sampling: samplingDraftOf(rule.sampling),
    mapping: rule.mapping,
    limits: limitsDraftOf(rule.budget),
    idle: String(rule.idle_minutes),
    guard: rule.guard && guardDraftOf(rule.guard),
  };
}

/** What the server is told of a rule; call it only where `ruleProblem` finds nothing. */
export function ruleOf(draft: RuleDraft) {
  const mapping = Object.entries(draft.mapping)
    .map(([field, path]) => [field, path.trim()] as const)
    .filter(([, path]) => path);
  const told = {
    name: draft.name.trim(),
    evaluator_id: draft.evaluator,
    mapping: Object.fromEntries(mapping),
    budget: budgetOf(draft.limits),
  };
  if (draft.guard) return { ...told, guard: guardOf(draft.guard) };
  return {
    ...told,
    unit: draft.unit,
    filter: draft.filter,
    sampling_rate: Number(draft.sample) / 100,
    sampling: samplingOf(draft.sampling),
    idle_minutes: Number(draft.idle),
  };
}

/** The first thing that keeps a rule from being saved. */
export function ruleProblem(draft: RuleDraft): string | null {
  if (!draft.name.trim()) return "Give it a name.";
  if (!draft.evaluator) return "Choose what it runs.";
  const limit = limitProblem(draft.limits);
  if (draft.guard) return guardProblem(draft.guard) ?? limit;
  const share = number(draft.sample);
  const least =
    draft.sampling.strata.length > 0 || draft.sampling.newPrompts ? 0 : Number.MIN_VALUE;
  if (share === null || share < least || share > 100)
    return "The sample is above 0 and at most 100 %.";
  const idle = number(draft.idle);
  if (idle === null || idle <= 0) return "The idle minutes are a number above 0.";
  return samplingProblem(draft.sampling) ?? limit;
}

function number(typed: string): number | null {
  const value = Number(typed);
  return typed.trim() && Number.isFinite(value) ? value : null;
}

/** How many a day a sample takes of what matched in some days; null where either is unknown. */
export function perDay(matching: number | undefined, days: number, sample: string): number | null {
  const share = number(sample);
  return matching === undefined || share === null ? null : (matching / days) * (share / 100);
}
