import { useMutation, useQuery } from "@tanstack/react-query";
import { FlaskConical, Play } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import type { Page } from "../../api/types";
import { cost, duration, plural, UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Field";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { type Draft, definitionOf, problemOf, written } from "./definition";
import classes from "./form.module.css";
import { fieldsOf } from "./kinds";
import { Mapping, READABLE } from "./Mapping";
import { ProjectFilter } from "./ProjectFilter";
import { catalogueQuery, type Tested } from "./queries";
import { VerdictRow } from "./VerdictRow";
import verdicts from "./verdicts.module.css";

type TestUnit = "trace" | "span";

const UNITS: { value: TestUnit; label: string }[] = [
  { value: "trace", label: "Traces" },
  { value: "span", label: "Spans" },
];
const SIZES = ["3", "5", "10", "20"];

interface Props {
  project: string;
  draft: Draft;
}

/** Tries a definition on the newest spans that match; nothing is stored. */
export function TestPanel({ project, draft }: Props) {
  const [filter, setFilter] = useState("");
  const [unit, setUnit] = useState<TestUnit>("trace");
  const [limit, setLimit] = useState("5");
  const [mapping, setMapping] = useState<Record<string, string>>({});
  const problem = problemOf(draft);
  const { data: catalogue } = useQuery({ ...catalogueQuery(), enabled: draft.kind === "builtin" });
  const asked = { kind: draft.kind, definition: definitionOf(draft) };
  const unnamed = fieldsOf(asked, catalogue).filter((name) => !READABLE.includes(name));
  const test = useMutation({
    mutationFn: () =>
      send<Page<Tested>>("POST", "evaluators/test", {
        project,
        definition: definitionOf(draft),
        unit,
        mapping: Object.fromEntries(unnamed.flatMap((name) => mappedTo(name, mapping))),
        filter: filter || null,
        limit: Number(limit),
      }),
  });
  return (
    <section className={classes.test} aria-label="Test on recorded spans">
      <div className={classes.testHead}>
        <h2>Test on recorded spans</h2>
        <ProjectFilter
          key={unit}
          project={project}
          unit={unit}
          filter={filter}
          onChange={setFilter}
        />
        {unnamed.length > 0 && <Mapping fields={unnamed} mapping={mapping} onChange={setMapping} />}
        <div className={classes.testRun}>
          <Choice
            label="On"
            value={unit}
            options={UNITS}
            onChange={(next) => {
              setUnit(next as TestUnit);
              setFilter("");
            }}
          />
          <Choice
            label="How many"
            value={limit}
            options={SIZES.map((size) => ({ value: size, label: `the newest ${size}` }))}
            onChange={setLimit}
          />
          <Button
            icon={Play}
            disabled={problem !== null || test.isPending}
            onClick={() => test.mutate()}
          >
            {test.isPending ? "Testing…" : "Test"}
          </Button>
          <span className={classes.quiet}>{problem ?? "Nothing is stored."}</span>
        </div>
      </div>
      {test.isPending ? (
        <div className={classes.waiting} aria-busy>
          {[...Array(Number(limit)).keys()].map((at) => (
            <Skeleton key={at} height={20} />
          ))}
        </div>
      ) : test.error ? (
        <ErrorState error={test.error} onRetry={() => test.mutate()} />
      ) : !test.data ? (
        <EmptyState icon={FlaskConical} title="See what it says before it is kept">
          Each span is shown with the verdict, the reasons, what the model was asked, its raw answer
          and what that cost.
        </EmptyState>
      ) : (
        <Results project={project} tested={test.data.items} />
      )}
    </section>
  );
}

function mappedTo(name: string, mapping: Record<string, string>): [string, string][] {
  const path = mapping[name]?.trim();
  return path ? [[name, path]] : [];
}

/** Verdicts that were tried, with what they cost together. */
export function Results({ project, tested }: { project: string; tested: readonly Tested[] }) {
  if (tested.length === 0)
    return (
      <EmptyState title="Nothing matches">
        Widen the filter: without one the newest of the project are tried.
      </EmptyState>
    );
  const failed = tested.filter((one) => one.status === "error").length;
  const paid = tested.reduce((sum, one) => sum + (one.cost ?? 0), 0);
  return (
    <>
      <p className={classes.tested} role="status">
        {plural(tested.length, "verdict")}
        {failed > 0 && <b>, {failed} failed</b>}
        {tested.some((one) => one.cost !== null) && `, ${cost(paid)} in all`}
      </p>
      <ul className={verdicts.list}>
        {tested.map((one) => (
          <VerdictRow
            key={`${one.trace_id} ${one.span_id}`}
            project={project}
            verdict={one}
            lead={one.name ?? "span"}
            facts={<span>{duration(one.duration_ms)}</span>}
          >
            <div className={verdicts.read}>
              <section>
                <h3>Input</h3>
                <p dir="auto">{written(one.input) || UNKNOWN}</p>
              </section>
              <section>
                <h3>Output</h3>
                <p dir="auto">{written(one.output) || UNKNOWN}</p>
              </section>
            </div>
          </VerdictRow>
        ))}
      </ul>
    </>
  );
}
