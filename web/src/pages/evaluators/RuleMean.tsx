import { useQuery } from "@tanstack/react-query";
import { count, plural, score } from "../../format";
import { Figure } from "./EvaluatorHead";
import { type Rule, sampleQuery } from "./queries";

/** The mean of what a rule's version scored, for everything that it looked at. */
export function RuleMean({ rule }: { rule: Rule }) {
  const { data } = useQuery(sampleQuery(rule.id, rule.version));
  if (!data || data.mean === null) return null;
  const half = data.se === null || data.high === null ? null : data.high - data.mean;
  const about = `${plural(data.n, "verdict")} of version ${rule.version}, which stand for about ${count(
    Math.round(data.population),
  )}; the interval of 95 %`;
  return (
    <Figure label="mean of all">
      <span title={about}>
        {score(data.mean)}
        {half !== null && ` ± ${score(half)}`}
      </span>
    </Figure>
  );
}
