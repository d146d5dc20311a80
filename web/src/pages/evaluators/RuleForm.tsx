import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { send } from "../../api/client";
import { count } from "../../format";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import { ErrorState, Skeleton } from "../../parts/states";
import classes from "./form.module.css";
import { fieldsOf } from "./kinds";
import { Mapping } from "./Mapping";
import { ProjectFilter, useMatching } from "./ProjectFilter";
import {
  catalogueQuery,
  EVALUATORS,
  type Evaluator,
  evaluatorsQuery,
  type Rule,
  rulePath,
  type Unit,
} from "./queries";
import { newRule, perDay, type RuleDraft, ruleDraftOf, ruleOf, ruleProblem } from "./rules";

const UNITS: { value: Unit; label: string }[] = [
  { value: "trace", label: "Traces: input and output of the root" },
  { value: "span", label: "Spans: each that matches" },
  { value: "session", label: "Sessions: whole conversations" },
];
const DAYS = 7;

interface Props {
  project: string;
  /** The rule to change; without one a new one is made. */
  rule?: Rule;
  /** What a new one runs, where that is said already. */
  evaluatorId?: string;
  /** What else of a new one is said already. */
  start?: Pick<RuleDraft, "unit" | "filter">;
  onSaved: (rule: Rule) => void;
}

export function RuleForm({ project, rule, evaluatorId, start, onSaved }: Props) {
  const evaluators = useInfiniteQuery(evaluatorsQuery(project));
  const known = evaluators.data?.pages.flatMap((page) => page.items);
  if (evaluators.error)
    return <ErrorState error={evaluators.error} onRetry={() => void evaluators.refetch()} />;
  if (!known)
    return (
      <div className={classes.waiting} aria-busy>
        <Skeleton height={32} width={360} />
        <Skeleton height={180} />
      </div>
    );
  const first = known.find((one) => one.id === evaluatorId) ?? known[0];
  const draft = rule
    ? ruleDraftOf(rule)
    : { ...newRule(first?.id ?? "", first?.name ?? ""), ...start };
  return <Form project={project} rule={rule} start={draft} evaluators={known} onSaved={onSaved} />;
}

interface FormProps extends Omit<Props, "evaluatorId" | "start"> {
  start: RuleDraft;
  evaluators: readonly Evaluator[];
}

function Form({ project, rule, start, evaluators, onSaved }: FormProps) {
  const [draft, setDraft] = useState(start);
  const change = (patch: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...patch }));
  const cache = useQueryClient();
  const saving = useMutation({
    mutationFn: () =>
      rule
        ? send<Rule>("PATCH", rulePath(rule.id), ruleOf(draft))
        : send<Rule>("POST", "rules", { project, enabled: true, ...ruleOf(draft) }),
    onSuccess: async (saved) => {
      await cache.invalidateQueries({ queryKey: EVALUATORS });
      onSaved(saved);
    },
  });
  const evaluator = evaluators.find((one) => one.id === draft.evaluator);
  const { data: catalogue } = useQuery({
    ...catalogueQuery(),
    enabled: evaluator?.kind === "builtin",
  });
  const { totals } = useMatching(project, draft.unit, draft.filter);
  const daily = perDay(totals.data?.count, DAYS, draft.sample);
  const problem = ruleProblem(draft);
  return (
    <form
      className={classes.ruleForm}
      onSubmit={(event) => {
        event.preventDefault();
        if (!problem && !saving.isPending) saving.mutate();
      }}
    >
      <div className={classes.pair}>
        <Field
          label="Name"
          value={draft.name}
          onChange={(name) => change({ name })}
          maxLength={200}
          autoComplete="off"
          dir="auto"
        />
        <Choice
          label="What it runs"
          value={draft.evaluator}
          options={evaluators.map((one) => ({ value: one.id, label: one.name }))}
          onChange={(next) => change({ evaluator: next, mapping: {} })}
          help={
            evaluators.length === 0 && (
              <>
                There is no evaluator yet:{" "}
                <Link to="/p/$project/evaluators/new" params={{ project }}>
                  make one
                </Link>{" "}
                first.
              </>
            )
          }
        />
      </div>
      <Choice
        label="On"
        value={draft.unit}
        options={UNITS}
        onChange={(unit) => change({ unit: unit as Unit, filter: "" })}
      />
      <ProjectFilter
        key={draft.unit}
        project={project}
        unit={draft.unit}
        filter={draft.filter}
        onChange={(filter) => change({ filter })}
      />
      <div className={classes.triple}>
        <Field
          label="Sample, in per cent"
          value={draft.sample}
          onChange={(sample) => change({ sample })}
          inputMode="decimal"
          className="num"
          help={
            daily === null
              ? "The same ones each time: retries and back-fills agree."
              : `About ${count(Math.round(daily))} a day, the same ones each time.`
          }
        />
        <Field
          label="Dollars a day, at most"
          value={draft.usdPerDay}
          onChange={(usdPerDay) => change({ usdPerDay })}
          inputMode="decimal"
          help="Empty: no limit. Above it the rest is skipped."
        />
        <Field
          label="Calls an hour, at most"
          value={draft.callsPerHour}
          onChange={(callsPerHour) => change({ callsPerHour })}
          inputMode="numeric"
          help="Empty: no limit."
        />
      </div>
      {draft.unit === "session" && (
        <div className={classes.triple}>
          <Field
            label="Idle minutes"
            value={draft.idle}
            onChange={(idle) => change({ idle })}
            inputMode="decimal"
            help="A conversation is scored once nothing came for so long; a later turn scores it anew."
          />
        </div>
      )}
      {evaluator && (
        <Mapping
          fields={fieldsOf(evaluator, catalogue)}
          mapping={draft.mapping}
          onChange={(mapping) => change({ mapping })}
        />
      )}
      {saving.error && (
        <p className={classes.problem} role="alert">
          {saving.error.message}
        </p>
      )}
      <div className={classes.save}>
        <Button type="submit" look="primary" disabled={problem !== null || saving.isPending}>
          {rule ? `Save as version ${rule.version + 1}` : "Create and run"}
        </Button>
        <span className={classes.quiet}>
          {problem ??
            (rule
              ? "What was scored before stays as it is."
              : "It scores what arrives from now on.")}
        </span>
      </div>
    </form>
  );
}
