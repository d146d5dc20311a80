import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Gauge } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { itemsOf } from "../../api/pages";
import type { Page } from "../../api/types";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Choice } from "../../parts/Field";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import classes from "./form.module.css";
import { evaluatorsQuery, type Tested } from "./queries";
import { Results } from "./TestPanel";

interface SpanRef {
  project: string;
  trace_id: string;
  /** Left out where a trace is meant by its root. */
  span_id?: string;
}

/** A trial takes so many at most. */
const MOST = 20;

interface Props {
  project: string;
  spans: readonly SpanRef[];
  unit: "span" | "trace";
  /** Of the list that they were chosen in: what a rule would begin with. */
  filter: string;
}

/** A button that has an evaluator look at the selected rows. */
export function EvaluateRows({ project, spans, unit, filter }: Props) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        small
        icon={Gauge}
        disabled={spans.length > MOST}
        title={spans.length > MOST ? `Select at most ${MOST} rows to evaluate them` : undefined}
        onClick={() => setOpened(true)}
      >
        Evaluate…
      </Button>
      <Dialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={`Evaluate ${plural(spans.length, "row")}`}
        size={860}
      >
        {opened && <Body project={project} spans={spans} unit={unit} filter={filter} />}
      </Dialog>
    </>
  );
}

function Body({ project, spans, unit, filter }: Props) {
  const evaluators = useInfiniteQuery(evaluatorsQuery(project));
  const known = itemsOf(evaluators.data);
  const [chosen, setChosen] = useState<string | null>(null);
  const id = chosen ?? known?.[0]?.id ?? "";
  const test = useMutation({
    mutationFn: () =>
      send<Page<Tested>>("POST", "evaluators/test", {
        project,
        evaluator_id: id,
        spans: spans.map(({ trace_id, span_id }) => ({ trace_id, span_id: span_id ?? "" })),
      }),
  });
  if (evaluators.error)
    return <ErrorState error={evaluators.error} onRetry={() => void evaluators.refetch()} />;
  if (!known) return <Skeleton height={120} />;
  if (known.length === 0)
    return (
      <EmptyState
        icon={Gauge}
        title="There is no evaluator yet"
        action={
          <Link to="/p/$project/evaluators/new" params={{ project }}>
            Make one
          </Link>
        }
      >
        An evaluator gives a score to an answer.
      </EmptyState>
    );
  return (
    <>
      <div className={classes.testRun}>
        <Choice
          label="Evaluator"
          value={id}
          options={known.map((one) => ({ value: one.id, label: one.name }))}
          onChange={(next) => {
            setChosen(next);
            test.reset();
          }}
        />
        <Button look="primary" disabled={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? "Evaluating…" : "Evaluate"}
        </Button>
        <span className={classes.quiet}>
          Nothing is stored; to keep scores,{" "}
          <Link
            to="/p/$project/rules/new"
            params={{ project }}
            search={{ evaluator: id, unit, filter: filter || undefined }}
          >
            make a rule
          </Link>
          .
        </span>
      </div>
      {test.error && <ErrorState error={test.error} onRetry={() => test.mutate()} />}
      {test.data && <Results project={project} tested={test.data.items} />}
    </>
  );
}
