import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useRef } from "react";
import { Marks } from "../../charts/marks";
import { problemIn } from "../../filter/FilterBar";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { ErrorLine, ErrorState } from "../../parts/states";
import { TimeRange } from "../../parts/TimeRange";
import { writeRange } from "../../timeRange";
import { Onboarding } from "../onboarding/Onboarding";
import { EmptyTable } from "../traces/EmptyTable";
import { facetQuery } from "../traces/queries";
import { narrowed, writeChips } from "../traces/state";
import { useLastGood } from "../traces/useLastGood";
import { Board } from "./Board";
import type { Source } from "./board";
import { ReadyMadeHead } from "./dashboards/ReadyMadeHead";
import { Whole } from "./dashboards/Whole";
import { isThere } from "./figures";
import { MonitorBar } from "./MonitorBar";
import classes from "./monitor.module.css";
import { groupedPart, scoresPart, therePart, wholePart } from "./questions";
import { usePart } from "./useBoard";
import { useMonitor } from "./useMonitor";

const MOST_SCORES = 8;

/** How the application does now and did before, without any set-up. */
export default function MonitorPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const filterInput = useRef<HTMLInputElement>(null);
  const { change, state, range, first, question, asked, bar } = useMonitor(project);
  const traces = usePart(asked && wholePart("traces", asked), project);
  // All else is asked for by the last filter that could be read: a mistake is told once.
  const readable = traces.current || !question.filter ? question.filter : undefined;
  const filter = useLastGood(readable, project);
  const rest = asked && filter !== undefined ? { ...asked, filter } : null;
  const there = usePart(rest && therePart(rest), project).data?.of;
  const has = (source: Source) => Boolean(there?.[source]?.series[0]?.points[0]?.count);
  const only = (source: Source) => (rest && has(source) ? wholePart(source, rest) : null);
  const calls = usePart(rest && wholePart("calls", rest), project);
  const grouped = usePart(rest && groupedPart(rest), project);
  const sums = traces.data?.of.totals?.series[0]?.points[0];
  const users = usePart(only("users"), project);
  const guardrails = usePart(only("guardrails"), project);
  const gateway = usePart(only("gateway"), project);
  const facet = useQuery(facetQuery({ ...question, filter: "" }, "scores", MOST_SCORES));
  const names = facet.error ? [] : facet.data?.values.map(({ value }) => value);
  const scores = usePart(rest && names?.length ? scoresPart(rest, names) : null, project);

  const problem = problemIn(traces.error, state.chips.length > 0 ? 1 : 0, state.bar.length);
  const sources = { traces, calls, users, guardrails, gateway };
  const all = sums?.count;
  const parts = [traces, calls, grouped, users, guardrails, gateway, scores];
  const failed = problem ? undefined : parts.find(({ error, data }) => error && data);

  useKeys("Monitor", [
    { key: "/", what: "Filter", run: () => filterInput.current?.focus() },
    {
      key: "r",
      what: "Ask anew",
      run: () => {
        for (const part of parts) if (part.data) part.refetch();
      },
    },
  ]);

  if (first.data && first.data.items.length === 0)
    return (
      <Page crumbs={[{ label: "Get started" }]}>
        <Onboarding project={project} />
      </Page>
    );
  return (
    <Page
      crumbs={[{ label: "Monitor" }]}
      actions={
        <>
          <TimeRange
            range={range}
            onChange={(next) => change({ ...writeRange(next), around: undefined })}
          />
          <ShareButton />
        </>
      }
    >
      {first.error ? (
        <ErrorState error={first.error} onRetry={first.refetch} />
      ) : (
        <Whole>
          <ReadyMadeHead
            project={project}
            scores={names ?? []}
            isThere={(chart) => isThere(chart, sources[chart.source].data)}
          />
          <MonitorBar {...bar} problem={problem} inputRef={filterInput} />
          {failed && (
            <div className={classes.failed}>
              <ErrorLine error={failed.error} onRetry={failed.refetch} />
            </div>
          )}
          {all === 0 || (problem && !traces.data) ? (
            <EmptyTable
              state={state}
              question={question}
              problem={problem?.message ?? null}
              onAddress={change}
              onChips={(chips) => change({ chips: writeChips(chips) })}
            />
          ) : (
            <Marks value={bar.marks.drawn}>
              <Board
                {...sources}
                project={project}
                state={state}
                range={range}
                onRange={(a, b) => change(narrowed(state, a, b))}
                grouped={grouped}
                scores={scores}
                scoreNames={names}
              />
            </Marks>
          )}
        </Whole>
      )}
    </Page>
  );
}
