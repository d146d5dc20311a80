/** Which steps of two traces count as different, with what is known of their payloads. */
import type { Difference, Pair } from "../../trace/align";
import type { Payloads } from "../../trace/cards";
import { textsOf } from "./texts";

export const FILTERS = ["all", "different", "only-a", "only-b"] as const;
export type Filter = (typeof FILTERS)[number];

/** The pair with its inputs and outputs compared, once both are loaded. */
export function samePayload(pair: Pair, inA: Payloads, inB: Payloads): Pair {
  const a = pair.a && inA.get(pair.a.span.span_id);
  const b = pair.b && inB.get(pair.b.span.span_id);
  if (!a || !b) return pair;
  const [textA, textB] = [textsOf(a), textsOf(b)];
  const others: Difference[] = pair.differs.filter((one) => one !== "input" && one !== "output");
  if (textA.input !== textB.input) others.push("input");
  if (textA.output !== textB.output) others.push("output");
  return { ...pair, differs: others };
}

export function keepPair(pair: Pair, filter: Filter): boolean {
  switch (filter) {
    case "different":
      return pair.differs.length > 0;
    case "only-a":
      return pair.b === null;
    case "only-b":
      return pair.a === null;
    default:
      return true;
  }
}
