import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { cost } from "../../format";
import { ErrorLine, Skeleton } from "../../parts/states";
import { Tick } from "../../parts/Tick";
import classes from "./run.module.css";
import type { Evaluator } from "./runForm";

interface Props {
  asked: UseQueryResult<Evaluator[]>;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

const KINDS: Record<Evaluator["kind"], string> = {
  judge: "judge",
  builtin: "built-in",
  code: "code",
};

/** Which of the stored evaluators score the answers. */
export function EvaluatorPick({ asked, chosen, onChange }: Props) {
  if (asked.error) return <ErrorLine error={asked.error} onRetry={asked.refetch} />;
  if (!asked.data) return <Skeleton height={20} width={240} />;
  if (asked.data.length === 0)
    return (
      <p className={classes.quiet}>
        There is no evaluator yet: the experiment keeps answers, cost and duration, and you can
        score its runs later. Evaluators are made on the <Link to="/">page of a project</Link>.
      </p>
    );
  return (
    <div className={classes.evaluators}>
      {asked.data.map((one) => (
        <Tick
          key={one.id}
          label={
            <>
              {one.name}{" "}
              <span className={classes.quiet}>
                {[
                  KINDS[one.kind],
                  `version ${one.version}`,
                  one.project,
                  one.cost && one.verdicts ? `${cost(one.cost / one.verdicts, 6)} a verdict` : null,
                ]
                  .filter(Boolean)
                  .join(", ")}
              </span>
            </>
          }
          help={one.description || undefined}
          checked={chosen.includes(one.id)}
          onChange={(on) =>
            onChange(on ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))
          }
        />
      ))}
    </div>
  );
}
