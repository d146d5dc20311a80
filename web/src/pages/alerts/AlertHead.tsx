import type { Alert } from "../../api/alerts";
import { ago, duration, exactTime, time, UNKNOWN } from "../../format";
import { Figure } from "../evaluators/EvaluatorHead";
import evaluators from "../evaluators/evaluators.module.css";
import { boundsText, readingText, titleOf, unitOf, windowName } from "./measures";
import { StandingMark } from "./StandingMark";
import { openSince, silenceOf } from "./standing";

/** Where a rule stands, what it watches, and what it read last. */
export function AlertHead({ rule }: { rule: Alert }) {
  const unit = unitOf(rule.measure);
  const since = openSince(rule);
  const [worst] = rule.groups;
  return (
    <header className={evaluators.head}>
      <div className={evaluators.ruleLine}>
        <StandingMark rule={rule} />
        <p className={evaluators.what}>
          {titleOf(rule)}
          {rule.filter && " where "}
          {rule.filter && <code>{rule.filter}</code>}
          {rule.group_by && ` by ${rule.group_by}`} in {windowName(rule.window)}:{" "}
          {boundsText(rule.condition, unit)}
          {rule.for_minutes > 0 && `, for ${duration(rule.for_minutes * 60_000)}`}
        </p>
      </div>
      <dl className={`${evaluators.figures} num`}>
        <Figure label="value" bad={since !== null}>
          {readingText(rule.condition, worst, unit)}
        </Figure>
        {worst?.expected != null && (
          <Figure label="usual">
            {readingText(rule.condition, { value: worst.expected, figure: null }, unit)}
          </Figure>
        )}
        {since && (
          <Figure label="open since">
            <span title={exactTime(since)}>{ago(since)}</span>
          </Figure>
        )}
        {silenceOf(rule, Date.now()) === "muted" && (
          <Figure label="muted until">{time(rule.muted_until, false)}</Figure>
        )}
        <Figure label="looked">
          {rule.evaluated_at ? (
            <span title={exactTime(rule.evaluated_at)}>{ago(rule.evaluated_at)}</span>
          ) : (
            UNKNOWN
          )}
        </Figure>
      </dl>
    </header>
  );
}
