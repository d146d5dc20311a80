/** A rule that an application asks while it waits, as it is kept and as it is typed. */
import type { Rule } from "./queries";

type Guard = NonNullable<Rule["guard"]>;

export interface GuardDraft {
  onFailure: Guard["on_failure"];
  latency: string;
  threshold: string;
  /** Empty: the evaluator's own worse side. */
  blocks: "" | "below" | "above";
}

export const NEW_GUARD: GuardDraft = {
  onFailure: "open",
  latency: "300",
  threshold: "0.5",
  blocks: "",
};

export function guardDraftOf(guard: Guard): GuardDraft {
  return {
    onFailure: guard.on_failure,
    latency: String(guard.latency_ms ?? 300),
    threshold: String(guard.threshold ?? 0.5),
    blocks: guard.blocks ?? "",
  };
}

/** What the server is told; call it only where `guardProblem` finds nothing. */
export function guardOf(draft: GuardDraft): Guard {
  return {
    on_failure: draft.onFailure,
    latency_ms: Number(draft.latency),
    threshold: Number(draft.threshold),
    blocks: draft.blocks || null,
  };
}

export function guardProblem({ latency, threshold }: GuardDraft): string | null {
  const waits = Number(latency);
  if (!latency.trim() || !(waits >= 1 && waits <= 60_000))
    return "The application waits 1 to 60,000 ms.";
  if (!threshold.trim() || !Number.isFinite(Number(threshold))) return "The threshold is a number.";
  return null;
}

/** What a guard is asked with, to be pasted into a shell. */
export function askOf(url: string, project: string, rule: Rule): string {
  const body = { project, rules: [rule.id], inputs: "…", outputs: "…" };
  return [
    `curl ${url} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
  ].join("\n");
}
