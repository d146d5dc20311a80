import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { send } from "../../api/client";
import {
  type Dataset,
  datasetQuery,
  datasetsQuery,
  EXPERIMENTS,
  experimentsQuery,
  splitsQuery,
  versionsQuery,
} from "../../api/evaluation";
import { cost, count, plural, time } from "../../format";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import { ErrorLine } from "../../parts/states";
import { Tick } from "../../parts/Tick";
import { EvaluatorPick } from "./EvaluatorPick";
import { evaluatorsQuery } from "./queries";
import classes from "./run.module.css";
import { bodyOf, type Draft, estimateOf, problemsOf } from "./runForm";
import { TargetFields } from "./TargetFields";

interface Begun {
  experiment_id: string;
  job_id: string;
}

interface Props {
  /** What is filled in to begin with. */
  initial: Draft;
}

/** What is run over which examples, how it is scored, and what it may cost. */
export function RunForm({ initial }: Props) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(initial);
  const [asked, setAsked] = useState(false);
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const problems = problemsOf(draft);
  const shown = asked ? problems : {};
  const dataset = useQuery({ ...datasetQuery(draft.dataset), enabled: !!draft.dataset });
  const evaluators = useQuery(evaluatorsQuery());
  const earlier = useInfiniteQuery({
    ...experimentsQuery({ dataset: draft.dataset }),
    enabled: !!draft.dataset,
  });
  const running = useMutation({
    mutationFn: () => send<Begun>("POST", "experiments/run", bodyOf(draft)),
    onSuccess: async ({ experiment_id, job_id }) => {
      void queries.invalidateQueries({ queryKey: [EXPERIMENTS] });
      await navigate({
        to: "/experiments/$experimentIds",
        params: { experimentIds: experiment_id },
        search: { job: job_id } as never,
      });
    },
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setAsked(true);
    if (Object.keys(problems).length === 0) return running.mutate();
    const form = event.currentTarget;
    requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid]")?.focus());
  }
  const estimate = estimateOf(
    draft,
    dataset.data?.example_count ?? 0,
    earlier.data?.pages.flatMap((page) => page.items) ?? [],
    evaluators.data ?? [],
  );

  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <Part title="Examples">
        <ExampleFields
          draft={draft}
          dataset={dataset.data}
          problem={shown.dataset}
          onChange={set}
        />
      </Part>
      <Part title="What runs">
        <TargetFields draft={draft} problems={shown} onChange={set} />
      </Part>
      <Part title="Evaluators">
        <EvaluatorPick
          asked={evaluators}
          chosen={draft.evaluators}
          onChange={(next) => set({ evaluators: next })}
        />
      </Part>
      <Part title="How">
        <div className={classes.row}>
          <Field
            label="Repetitions"
            inputMode="numeric"
            value={draft.repetitions}
            onChange={(repetitions) => set({ repetitions })}
            error={shown.repetitions}
            help="Of each example"
          />
          <Field
            label="At the same time"
            inputMode="numeric"
            value={draft.concurrency}
            onChange={(concurrency) => set({ concurrency })}
            error={shown.concurrency}
            help="Runs that may be open at once"
          />
          <Field
            label="Budget in US dollars"
            inputMode="decimal"
            value={draft.budget}
            placeholder="no limit"
            onChange={(budget) => set({ budget })}
            error={shown.budget}
            help="It stops there; what ran stays"
          />
        </div>
        <Field
          label="Name"
          value={draft.name}
          placeholder="made up of what runs and the time"
          onChange={(name) => set({ name })}
        />
      </Part>
      <div className={classes.end}>
        <p aria-live="polite">
          <EstimateLine draft={draft} dataset={dataset.data} estimate={estimate} />
        </p>
        {Object.keys(shown).length > 0 && (
          <p className={classes.problem} role="alert">
            {plural(Object.keys(shown).length, "field")} above{" "}
            {Object.keys(shown).length === 1 ? "needs" : "need"} another look.
          </p>
        )}
        {running.error && <ErrorLine error={running.error} />}
        <Button look="primary" type="submit" icon={FlaskConical} disabled={running.isPending}>
          {running.isPending ? "Starting…" : "Run the experiment"}
        </Button>
      </div>
    </form>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.part}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

interface ExampleProps {
  draft: Draft;
  dataset: Dataset | undefined;
  problem: string | undefined;
  onChange: (change: Partial<Draft>) => void;
}

function ExampleFields({ draft, dataset, problem, onChange }: ExampleProps) {
  const datasets = useInfiniteQuery(datasetsQuery(""));
  const enabled = !!draft.dataset;
  const versions = useInfiniteQuery({ ...versionsQuery(draft.dataset), enabled });
  const splits = useQuery({ ...splitsQuery(draft.dataset), enabled });
  const all = datasets.data?.pages.flatMap((page) => page.items) ?? [];
  const named = splits.data?.items ?? [];
  const missing = dataset && !all.some((one) => one.id === dataset.id) ? [dataset] : [];
  return (
    <>
      <div className={classes.row}>
        <Choice
          label="Dataset"
          value={draft.dataset}
          options={[
            { value: "", label: "Choose a dataset" },
            ...[...missing, ...all].map((one) => ({
              value: one.id,
              label: `${one.name}, ${plural(one.example_count, "example")}`,
            })),
          ]}
          onChange={(next) => onChange({ dataset: next, version: "", splits: [] })}
          error={problem}
        />
        <Choice
          label="Version"
          value={draft.version}
          options={[
            { value: "", label: "The newest" },
            ...(versions.data?.pages.flatMap((page) => page.items) ?? []).map((one) => ({
              value: one.version,
              label: [time(one.version), ...one.tags].join(", "),
            })),
          ]}
          onChange={(version) => onChange({ version })}
        />
      </div>
      {named.length > 1 && (
        <fieldset className={classes.ticks}>
          <legend>Splits, all if none is chosen</legend>
          {named.map((split) => (
            <Tick
              key={split}
              label={split}
              checked={draft.splits.includes(split)}
              onChange={(on) =>
                onChange({
                  splits: on
                    ? [...draft.splits, split]
                    : draft.splits.filter((one) => one !== split),
                })
              }
            />
          ))}
        </fieldset>
      )}
    </>
  );
}

interface EstimateProps {
  draft: Draft;
  dataset: Dataset | undefined;
  estimate: ReturnType<typeof estimateOf>;
}

/** How many runs that makes, and about how much they cost. */
function EstimateLine({ draft, dataset, estimate }: EstimateProps) {
  if (!dataset) return "Choose a dataset to see how many runs that makes.";
  const { runs, cost: dollars, by, unknown } = estimate;
  const budget = Number(draft.budget);
  const some = draft.splits.length > 0 || draft.version !== "";
  return (
    <>
      <b>
        {some ? "At most " : ""}
        {plural(runs, "run")}
      </b>
      {dollars !== null ? (
        <>
          {" "}
          for about <b>{cost(dollars)}</b>, by what those of {by} cost.
        </>
      ) : draft.target === "http" ? (
        ". What the endpoint spends is not known here."
      ) : (
        ". What they cost is not known before the first experiment over this dataset."
      )}
      {unknown.length > 0 && ` Without ${unknown.join(", ")}, which judged nothing yet.`}
      {dollars !== null && budget > 0 && budget < dollars && (
        <span className={classes.warning}>
          {" "}
          The budget ends it after about {count((runs * budget) / dollars)} of them.
        </span>
      )}
    </>
  );
}
