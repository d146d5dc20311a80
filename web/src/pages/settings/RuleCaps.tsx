import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, send } from "../../api/client";
import type { components } from "../../api/openapi";
import { useSaving } from "../../api/useSaving";
import { Button } from "../../parts/Button";
import { ErrorState, Skeleton } from "../../parts/states";
import { budgetOf, type LimitDraft, limitProblem, limitsDraftOf } from "../evaluators/limits";
import { RuleLimits } from "../evaluators/RuleLimits";
import forms from "./forms.module.css";
import classes from "./settings.module.css";

type Caps = components["schemas"]["ProjectBudget"];

const capsQuery = (project: string) =>
  queryOptions({
    queryKey: ["rule-caps", project],
    queryFn: ({ signal }) => get<Caps>("rules/budget", { project }, signal),
  });

/** What all rules of a project may take together. */
export function RuleCaps({ project }: { project: string }) {
  const { data, error, refetch } = useQuery(capsQuery(project));
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={160} />;
  return <Fields key={JSON.stringify(data.budget)} project={project} kept={data.budget} />;
}

function Fields({ project, kept }: { project: string; kept: Caps["budget"] }) {
  const before = limitsDraftOf(kept);
  const [draft, setDraft] = useState<LimitDraft>(before);
  const problem = limitProblem(draft);
  const same = JSON.stringify(budgetOf(draft)) === JSON.stringify(budgetOf(before));
  const saving = useSaving(
    () => send<Caps>("PUT", "rules/budget", { project, budget: budgetOf(draft) }),
    capsQuery(project).queryKey,
    () => undefined,
  );
  return (
    <form
      className={classes.section}
      onSubmit={(event) => {
        event.preventDefault();
        if (!saving.isPending) saving.mutate();
      }}
      aria-labelledby="caps-title"
    >
      <h3 className={classes.sectionTitle} id="caps-title">
        Caps of its rules
      </h3>
      <p className={classes.text}>
        What all rules of online evaluation take together, in hours and days of UTC. Each rule may
        have limits of its own beside them.
      </p>
      <div className={forms.caps}>
        <RuleLimits limits={draft} onChange={setDraft} />
      </div>
      {(problem ?? saving.error?.message) && (
        <p className={classes.help} role="alert">
          {problem ?? saving.error?.message}
        </p>
      )}
      <div className={forms.saveLine}>
        <Button type="submit" disabled={same || problem !== null || saving.isPending}>
          Save caps
        </Button>
      </div>
    </form>
  );
}
