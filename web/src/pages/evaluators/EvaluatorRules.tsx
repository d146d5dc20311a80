import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListFilter, Plus } from "lucide-react";
import { Listed } from "../../parts/Listed";
import parts from "../../parts/parts.module.css";
import { EmptyState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import type { OfEvaluator } from "./EvaluatorHead";
import classes from "./evaluators.module.css";
import { rulesQuery } from "./queries";
import { RuleTable } from "./RuleTable";

/** The rules that run one evaluator. */
export function EvaluatorRules({ project, evaluator }: OfEvaluator) {
  const rules = useInfiniteQuery(rulesQuery(project, evaluator.id));
  const make = (
    <Link
      to="/p/$project/rules/new"
      params={{ project }}
      search={{ evaluator: evaluator.id }}
      className={parts.button}
    >
      <Plus size={14} strokeWidth={1.75} aria-hidden />
      New rule
    </Link>
  );
  return (
    <Listed
      list={rules}
      waiting={<WaitingRows rows={3} />}
      empty={
        <EmptyState icon={ListFilter} title="It runs nowhere by itself yet" action={make}>
          A rule says which spans, traces or sessions it scores as they arrive, how many of them,
          and what it may cost.
        </EmptyState>
      }
    >
      {(rows) => (
        <>
          <RuleTable project={project} rules={rows} />
          <p className={classes.foot}>{make}</p>
        </>
      )}
    </Listed>
  );
}
