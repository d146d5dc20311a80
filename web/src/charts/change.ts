/** The words and the tone of a change against the period before. */
import { count } from "../format";

export type Tone = "good" | "bad" | "plain";

export interface Change {
  /** What stands beside the figure: "+11 %", "−1.0 points". */
  text: string;
  tone: Tone;
  /** For readers: "up 11 % on the 7 days before". */
  words: string;
}

export interface ChangeRule {
  /** `ratio` for amounts, `points` for shares (0 to 1), `difference` for means of scores. */
  as: "ratio" | "points" | "difference";
  /** Which direction is worse; null where neither is, as for counts of traces. */
  worse: "up" | "down" | null;
}

/** A change, or null when one of the two is unknown or there is nothing to compare with. */
export function changeOf(
  now: number | null | undefined,
  earlier: number | null | undefined,
  rule: ChangeRule,
  against: string,
): Change | null {
  if (now == null || earlier == null) return null;
  if (rule.as === "ratio" && earlier === 0) return null;
  const text = changeText(now, earlier, rule.as);
  if (/^[+−]?0(\.0+)?( |$)/.test(text)) {
    return { text: "no change", tone: "plain", words: `the same as ${against}` };
  }
  const direction = now > earlier ? "up" : "down";
  const tone = rule.worse === null ? "plain" : rule.worse === direction ? "bad" : "good";
  return { text, tone, words: `${direction} ${text.replace(/^[+−]/, "")} on ${against}` };
}

function changeText(now: number, earlier: number, as: ChangeRule["as"]): string {
  if (as === "points") return `${signed((now - earlier) * 100, 1)} points`;
  if (as === "difference") return signed(now - earlier, 2);
  const factor = now / earlier;
  if (factor >= 10) return `×${count(factor)}`;
  return `${signed((factor - 1) * 100, 0)} %`;
}

function signed(value: number, digits: number): string {
  const size = Math.abs(value).toFixed(digits);
  return value < 0 ? `−${size}` : `+${size}`;
}
