/** What a guardrail or an evaluator found, in a few words. */
import { oneLine, type Span } from "./model";

const SAYS_NO = /^(false|fail(ed)?|block(ed)?|tripped|unsafe)$/i;

/** `passed`, `failed, nothing to go by`, `0.90, each sentence is backed`. */
export function verdict(span: Span): string {
  const output = span.output;
  if (typeof output === "boolean") return output ? "passed" : "failed";
  if (typeof output === "object" && output !== null && !Array.isArray(output)) {
    const record = output as Record<string, unknown>;
    const passed = record.passed ?? record.pass ?? record.allowed ?? record.safe ?? record.ok;
    const tripped =
      record.tripwire_triggered ?? record.triggered ?? record.blocked ?? record.flagged;
    const reason = [record.reason, record.message, record.explanation].find(
      (one) => typeof one === "string",
    );
    const bad = passed === false || tripped === true;
    if (typeof passed === "boolean" || typeof tripped === "boolean") {
      return `${bad ? "failed" : "passed"}${reason ? `, ${reason}` : ""}`;
    }
  }
  if (scored(output)) return scored(output) as string;
  const text = oneLine(output ?? span.output_preview ?? "");
  if (SAYS_NO.test(text)) return text === "false" ? "failed" : text;
  if (text === "true") return "passed";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text || "passed";
}

/** `0.90, each sentence is backed`: what an evaluator's output says in its usual fields. */
function scored(output: unknown): string | null {
  if (typeof output !== "object" || output === null || Array.isArray(output)) return null;
  const record = output as Record<string, unknown>;
  const value = record.score ?? record.value ?? record.label ?? record.verdict;
  if (typeof value !== "number" && typeof value !== "string") return null;
  const reasons = [record.why, record.reason, record.explanation, record.comment];
  const reason = reasons.find((one) => typeof one === "string" && one);
  const given = typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : value;
  return reason ? `${given}, “${reason}”` : String(given);
}
