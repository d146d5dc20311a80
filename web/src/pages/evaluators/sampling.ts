/** Whom a rule draws beside its rate, as it is kept and as it is typed. */
import type { Rule } from "./queries";

type Sampling = Rule["sampling"];

export interface StratumDraft {
  filter: string;
  /** In per cent. */
  rate: string;
}

export interface SamplingDraft {
  strata: StratumDraft[];
  /** Hours for which a version of a prompt is new; empty for never. */
  newPrompts: string;
  perHour: string;
  dense: boolean;
}

/** Parts that are worth a closer look, with the filter of each. */
export const PARTS: readonly { label: string; filter: string }[] = [
  { label: "errors", filter: 'status = "error"' },
  { label: "bad feedback", filter: 'any(score: source = "human" and value < 0.5)' },
];

export const NO_SAMPLING: SamplingDraft = { strata: [], newPrompts: "", perHour: "", dense: false };

export function samplingDraftOf(sampling: Sampling): SamplingDraft {
  return {
    strata: (sampling.strata ?? []).map(({ filter, rate }) => ({
      filter,
      rate: String(Number(((rate ?? 1) * 100).toFixed(6))),
    })),
    newPrompts: text(sampling.new_prompts_h),
    perHour: text(sampling.per_hour),
    dense: sampling.dense ?? false,
  };
}

function text(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** What the server is told; call it only where `samplingProblem` finds nothing. */
export function samplingOf(draft: SamplingDraft): Sampling {
  return {
    dense: draft.dense,
    strata: draft.strata.map(({ filter, rate }) => ({
      filter: filter.trim(),
      rate: Number(rate) / 100,
    })),
    new_prompts_h: draft.newPrompts.trim() ? Number(draft.newPrompts) : null,
    per_hour: draft.perHour.trim() ? Number(draft.perHour) : null,
  };
}

export function samplingProblem(draft: SamplingDraft): string | null {
  for (const { filter, rate } of draft.strata) {
    if (!filter.trim()) return "A part of the sample needs a filter.";
    const share = rate.trim() ? Number(rate) : Number.NaN;
    if (!(share >= 0 && share <= 100)) return "The share of a part is from 0 to 100 %.";
  }
  if (draft.newPrompts.trim() && !(Number(draft.newPrompts) > 0 && Number(draft.newPrompts) <= 720))
    return "A prompt is new for up to 720 hours.";
  const hourly = Number(draft.perHour);
  if (draft.perHour.trim() && !(Number.isInteger(hourly) && hourly > 0 && hourly <= 5000))
    return "Of an hour 1 to 5,000 are drawn.";
  return null;
}

/** In words, what is judged beside the share of all: `all where status = "error"`. */
export function partsText({ sampling }: Pick<Rule, "sampling">): string[] {
  const parts = (sampling.strata ?? []).map(({ filter, rate }) =>
    rate === 1
      ? `all where ${filter}`
      : `${Number(((rate ?? 1) * 100).toFixed(2))} % where ${filter}`,
  );
  if (sampling.new_prompts_h)
    parts.unshift(`all with a prompt of the last ${sampling.new_prompts_h} h`);
  if (sampling.per_hour) parts.push(`of the rest at most ${sampling.per_hour} an hour`);
  return parts;
}
