import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { send } from "../../api/client";
import { itemsOf } from "../../api/pages";
import { useSaving } from "../../api/useSaving";
import { count } from "../../format";
import { WaitingPage } from "../../parts/Fetched";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import form from "../../parts/form.module.css";
import { ErrorState } from "../../parts/states";
import classes from "./form.module.css";
import { NEW_GUARD } from "./guards";
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
import { RuleGuard } from "./RuleGuard";
import { RuleLimits } from "./RuleLimits";
import { RuleSampling } from "./RuleSampling";
import { newRule, perDay, type RuleDraft, ruleDraftOf, ruleOf, ruleProblem } from "./rules";

const UNITS: { value: Unit; label: string }[] = [
  { value: "trace", label: "Traces: input and output of the root" },
  { value: "span", label: "Spans: each that matches" },
  { value: "session", label: "Sessions: whole conversations" },
];
const WHEN = [
  { value: "online", label: "As it arrives: the application does not wait" },
  { value: "guard", label: "When the application asks, and waits: a guard" },
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
  const known = itemsOf(evaluators.data);
  if (evaluators.error)
    return <ErrorState error={evaluators.error} onRetry={() => void evaluators.refetch()} />;
  if (!known) return <WaitingPage />;
  const first = known.find((one) => one.id === evaluatorId) ?? known[0];
  const draft = rule
    ? ruleDraftOf(rule)
    : { ...newRule(first?.id ?? "", first?.name ?? ""), ...start };
  return (
    <Fields project={project} rule={rule} start={draft} evaluators={known} onSaved={onSaved} />
  );
}

interface FieldsProps extends Omit<Props, "evaluatorId" | "start"> {
  start: RuleDraft;
  evaluators: readonly Evaluator[];
}

function Fields({ project, rule, start, evaluators, onSaved }: FieldsProps) {
  const [draft, setDraft] = useState(start);
  const change = (patch: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...patch }));
  const saving = useSaving(
    () =>
      rule
        ? send<Rule>("PATCH", rulePath(rule.id), ruleOf(draft))
        : send<Rule>("POST", "rules", { project, enabled: true, ...ruleOf(draft) }),
    EVALUATORS,
    onSaved,
  );
  const evaluator = evaluators.find((one) => one.id === draft.evaluator);
  const { data: catalogue } = useQuery({
    ...catalogueQuery(),
    enabled: evaluator?.kind === "builtin",
  });
  const { totals } = useMatching(project, draft.unit, draft.filter);
  const daily = perDay(totals.data?.count, DAYS, draft.sample);
  return (
    <Form
      className={classes.ruleForm}
      saving={saving}
      word={rule ? `Save as version ${rule.version + 1}` : "Create and run"}
      problem={ruleProblem(draft)}
      note={noteOf(draft, rule)}
    >
      <div className={form.pair}>
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
      {!rule && (
        <Choice
          label="When"
          value={draft.guard ? "guard" : "online"}
          options={WHEN}
          onChange={(next) => change({ guard: next === "guard" ? NEW_GUARD : null })}
        />
      )}
      {draft.guard ? (
        <RuleGuard guard={draft.guard} onChange={(guard) => change({ guard })} />
      ) : (
        <OfWhat project={project} draft={draft} daily={daily} onChange={change} />
      )}
      <RuleLimits limits={draft.limits} onChange={(limits) => change({ limits })} />
      {evaluator && (
        <Mapping
          fields={fieldsOf(evaluator, catalogue)}
          mapping={draft.mapping}
          onChange={(mapping) => change({ mapping })}
        />
      )}
    </Form>
  );
}

function noteOf(draft: RuleDraft, rule?: Rule): string {
  if (rule) return "What was scored before stays as it is.";
  return draft.guard ? "It answers from now on." : "It scores what arrives from now on.";
}

interface OfWhatProps {
  project: string;
  draft: RuleDraft;
  /** How many a day the sample takes; null where it is not known. */
  daily: number | null;
  onChange: (patch: Partial<RuleDraft>) => void;
}

/** What a rule judges of what arrives, and how much of that. */
function OfWhat({ project, draft, daily, onChange }: OfWhatProps) {
  const { sampling } = draft;
  const drawn = sampling.strata.length > 0 || sampling.newPrompts || sampling.perHour;
  return (
    <>
      <Choice
        label="On"
        value={draft.unit}
        options={UNITS}
        onChange={(unit) => onChange({ unit: unit as Unit, filter: "" })}
      />
      <ProjectFilter
        key={draft.unit}
        project={project}
        unit={draft.unit}
        filter={draft.filter}
        onChange={(filter) => onChange({ filter })}
      />
      <div className={form.pair}>
        <Field
          label="Sample, in per cent"
          value={draft.sample}
          onChange={(sample) => onChange({ sample })}
          inputMode="decimal"
          className="num"
          help={
            daily === null
              ? "The same ones each time: retries and back-fills agree."
              : `About ${count(Math.round(daily))} a day, the same ones each time.`
          }
        />
        {draft.unit === "session" && (
          <Field
            label="Idle minutes"
            value={draft.idle}
            onChange={(idle) => onChange({ idle })}
            inputMode="decimal"
            help="A conversation is scored once nothing came for so long; a later turn scores it anew."
          />
        )}
      </div>
      <details className={classes.more} open={Boolean(drawn) || sampling.dense}>
        <summary>More about the sample</summary>
        <div className={classes.moreBody}>
          <RuleSampling
            sampling={sampling}
            onChange={(patch) => onChange({ sampling: { ...sampling, ...patch } })}
          />
        </div>
      </details>
    </>
  );
}
