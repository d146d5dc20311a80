import { useQuery } from "@tanstack/react-query";
import { Plus, Wallet } from "lucide-react";
import { useState } from "react";
import { type Budget, budgetsQuery } from "../../api/costs";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { BudgetForm } from "./BudgetForm";
import { BudgetRow } from "./BudgetRow";
import classes from "./usage.module.css";

/** What may be spent, what was, and where that leads. */
export function Budgets({ project }: { project: string | undefined }) {
  const [draft, setDraft] = useState<Budget | "new" | null>(null);
  const { data, error, refetch } = useQuery(budgetsQuery(project));
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (!data) return <WaitingRows rows={3} head={53} />;
  const add = (
    <Button icon={Plus} onClick={() => setDraft("new")}>
      New budget
    </Button>
  );
  return (
    <>
      <BudgetForm draft={draft} project={project} onClose={() => setDraft(null)} />
      {data.items.length === 0 ? (
        <EmptyState icon={Wallet} title="There is no budget yet" action={add}>
          A budget is what calls may cost in a day, week or month. It stops none of them: it shows
          where the cost leads, and tells the channels of alerts.
        </EmptyState>
      ) : (
        <>
          <div className={classes.bar}>{add}</div>
          <ul className={classes.budgets}>
            {data.items.map((budget) => (
              <BudgetRow
                key={budget.id}
                budget={budget}
                named={!project}
                onChange={() => setDraft(budget)}
              />
            ))}
          </ul>
        </>
      )}
    </>
  );
}
