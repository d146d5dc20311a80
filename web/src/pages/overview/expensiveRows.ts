import type { MetricsAnswer } from "../../api/types";
import { single } from "../../charts/align";

export interface ExpensiveRow {
  name: string;
  count: number | null;
  tokens: number | null;
  cost: number | null;
}

/** Groups by what they cost, the dearest first; then by tokens, for models without a price. */
export function expensiveRows(answer: MetricsAnswer, by: string, most = 6): ExpensiveRow[] {
  return answer.series
    .map(({ group, points }) => ({
      name: group[by] ?? "",
      count: single(points, "count"),
      tokens: single(points, "sum(usage.total_tokens)"),
      cost: single(points, "sum(cost.total)"),
    }))
    .filter((row) => row.name !== "")
    .sort((a, b) => (b.cost ?? -1) - (a.cost ?? -1) || (b.tokens ?? -1) - (a.tokens ?? -1))
    .slice(0, most);
}
