/** What a rule may take, as it is kept and as it is typed. */
import type { Rule } from "./queries";

type Budget = Rule["budget"];
export type Limit = keyof Required<Budget>;

/** The limits there are; those of the first line of the form come first. */
export const LIMITS: readonly { name: Limit; label: string; what: string }[] = [
  { name: "usd_per_day", label: "Dollars a day, at most", what: "dollars a day" },
  { name: "calls_per_hour", label: "Calls an hour, at most", what: "calls an hour" },
  { name: "usd_per_hour", label: "Dollars an hour, at most", what: "dollars an hour" },
  { name: "calls_per_day", label: "Calls a day, at most", what: "calls a day" },
  { name: "tokens_per_hour", label: "Tokens an hour, at most", what: "tokens an hour" },
  { name: "tokens_per_day", label: "Tokens a day, at most", what: "tokens a day" },
];

export type LimitDraft = Partial<Record<Limit, string>>;

export function limitsDraftOf(budget: Budget): LimitDraft {
  const given = LIMITS.flatMap(({ name }) => {
    const most = budget[name];
    return most === null || most === undefined ? [] : [[name, String(most)] as const];
  });
  return Object.fromEntries(given);
}

/** What the server is told; call it only where `limitProblem` finds nothing. */
export function budgetOf(draft: LimitDraft): Budget {
  const typed = LIMITS.filter(({ name }) => draft[name]?.trim());
  return Object.fromEntries(typed.map(({ name }) => [name, Number(draft[name])]));
}

/** The first thing that is wrong with a limit. */
export function limitProblem(draft: LimitDraft): string | null {
  for (const { name, what } of LIMITS) {
    const typed = draft[name]?.trim();
    if (!typed) continue;
    const value = Number(typed);
    if (!(value > 0) || !Number.isFinite(value)) return `The ${what} are a number above 0.`;
    if (!name.startsWith("usd") && !Number.isInteger(value))
      return `The ${what} are a whole number.`;
  }
  return null;
}
