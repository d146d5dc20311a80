import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { useAddress } from "../../address";
import { useFirstTraceEver } from "../../api/firstTrace";
import { problemIn } from "../../filter/FilterBar";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { ErrorLine, ErrorState } from "../../parts/states";
import { TimeRange } from "../../parts/TimeRange";
import { writeRange } from "../../timeRange";
import { Onboarding } from "../onboarding/Onboarding";
import { usePeriod } from "../overview/usePeriod";
import { EmptyTable } from "../traces/EmptyTable";
import { facetQuery } from "../traces/queries";
import { narrowed, questionOf, readState, writeChips } from "../traces/state";
import { useLastGood } from "../traces/useLastGood";
import { Board } from "./Board";
import { readInterval } from "./intervals";
import { MonitorBar } from "./MonitorBar";
import classes from "./monitor.module.css";
import { type Asked, groupedPart, scoresPart, wholePart } from "./questions";
import { readSplit } from "./splits";
import { usePart } from "./useBoard";

const MOST_SCORES = 8;

/** How the application does now and did before, without any set-up. */
export default function MonitorPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const [search, change] = useAddress();
  const state = useMemo(() => ({ ...readState(search), scope: "traces" as const }), [search]);
  const filterInput = useRef<HTMLInputElement>(null);
  const { range, now, against } = usePeriod();
  const first = useFirstTraceEver(project);
  const begin = now.from ?? first.data?.items[0]?.start_time ?? null;
  const from = begin === null ? null : Date.parse(begin);
  const to = Date.parse(now.to);
  const interval = readInterval(search.interval, from ?? to, to);
  const question = questionOf(state, project, to);
  const compare = search.compare !== "off" && now.from !== null;

  const asked: Asked | null =
    from === null
      ? null
      : {
          project,
          from: new Date(from).toISOString(),
          to: now.to,
          interval,
          filter: question.filter,
          split: readSplit(search.split),
          compare,
        };
  const traces = usePart(asked && wholePart("traces", asked), project);
  // All else is asked for by the last filter that could be read: a mistake is told once.
  const readable = traces.current || !question.filter ? question.filter : undefined;
  const filter = useLastGood(readable, project);
  const rest = asked && filter !== undefined ? { ...asked, filter } : null;
  const calls = usePart(rest && wholePart("calls", rest), project);
  const grouped = usePart(rest && groupedPart(rest), project);
  const facet = useQuery(facetQuery({ ...question, filter: "" }, "scores", MOST_SCORES));
  const names = facet.error ? [] : facet.data?.values.map(({ value }) => value);
  const scores = usePart(rest && names?.length ? scoresPart(rest, names) : null, project);

  const problem = problemIn(traces.error, state.chips.length > 0 ? 1 : 0, state.bar.length);
  const all = traces.data?.of.totals?.series[0]?.points[0]?.count;
  const parts = [traces, calls, grouped, scores];
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
        <>
          <MonitorBar
            state={state}
            question={question}
            problem={problem}
            inputRef={filterInput}
            split={readSplit(search.split)}
            chosenInterval={search.interval === interval.name ? interval.name : ""}
            interval={interval}
            period={{ from: from ?? to, to }}
            against={now.from ? against : ""}
            compare={compare}
            onAddress={change}
          />
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
            <Board
              project={project}
              state={state}
              range={range}
              onRange={(a, b) => change(narrowed(state, a, b))}
              traces={traces}
              calls={calls}
              grouped={grouped}
              scores={scores}
              scoreNames={names}
            />
          )}
        </>
      )}
    </Page>
  );
}
