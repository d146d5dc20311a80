import { useQuery } from "@tanstack/react-query";
import { ago, cost, count, exactTime } from "../../format";
import { AgreementFigure } from "./AgreementFigure";
import classes from "./evaluators.module.css";
import { checks, KINDS } from "./kinds";
import { catalogueQuery, type Evaluator } from "./queries";

export interface OfEvaluator {
  project: string;
  evaluator: Evaluator;
}

/** What an evaluator checks, and its figures. */
export function EvaluatorHead({ project, evaluator }: OfEvaluator) {
  const { name: kind, icon: Icon } = KINDS[evaluator.kind];
  const { data: catalogue } = useQuery({
    ...catalogueQuery(),
    enabled: evaluator.kind === "builtin",
  });
  return (
    <header className={classes.head}>
      <p className={`${classes.what} ellipsis`} dir="auto">
        {checks(evaluator, catalogue)}
      </p>
      <dl className={`${classes.figures} num`}>
        <Figure label="kind">
          <Icon size={14} strokeWidth={1.75} aria-hidden /> {kind}
        </Figure>
        <Figure label="version">{evaluator.version}</Figure>
        <Figure label="verdicts">{count(evaluator.verdicts)}</Figure>
        <Figure label="errors" bad={evaluator.errors > 0}>
          {count(evaluator.errors)}
        </Figure>
        <Figure label="cost so far">{cost(evaluator.cost)}</Figure>
        <Figure label="agreement with people">
          <AgreementFigure project={project} evaluator={evaluator} />
        </Figure>
        <Figure label="changed">
          <span title={exactTime(evaluator.updated_at)}>{ago(evaluator.updated_at)}</span>
        </Figure>
      </dl>
    </header>
  );
}

interface FigureProps {
  label: string;
  bad?: boolean;
  children: React.ReactNode;
}

export function Figure({ label, bad, children }: FigureProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-bad={bad || undefined}>{children}</dd>
    </div>
  );
}
