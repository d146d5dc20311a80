import { useMemo } from "react";
import { useAddress } from "../../address";
import { useFirstTraceEver } from "../../api/firstTrace";
import { usePeriod } from "../overview/usePeriod";
import { questionOf, readState } from "../traces/state";
import { readInterval } from "./intervals";
import { useMarks } from "./marks";
import type { Asked } from "./questions";
import { readSplit } from "./splits";

/** What the address of a board says: filter, time, interval, split, and what is asked by them. */
export function useMonitor(project: string) {
  const [search, change] = useAddress();
  const state = useMemo(() => ({ ...readState(search), scope: "traces" as const }), [search]);
  const { range, now, against } = usePeriod();
  const first = useFirstTraceEver(project);
  const oldest = first.data?.items[0]?.start_time;
  const begin = now.from ?? oldest ?? null;
  const from = begin === null ? null : Date.parse(begin);
  const to = Date.parse(now.to);
  const interval = readInterval(search.interval, from ?? to, to);
  const question = questionOf(state, project, to);
  const compare = search.compare !== "off" && now.from !== null;
  const split = readSplit(search.split);
  const asked: Asked | null =
    from === null
      ? null
      : {
          project,
          from: new Date(from).toISOString(),
          to: now.to,
          interval,
          filter: question.filter,
          split,
          compare,
          beganBefore: oldest !== undefined && Date.parse(oldest) > from - (to - from),
        };
  const marks = useMarks(project, search, range, asked && { from: asked.from, to: asked.to });
  /** What the bar above the charts shows. */
  const bar = {
    state,
    question,
    split,
    chosenInterval: search.interval === interval.name ? interval.name : "",
    interval,
    period: { from: from ?? to, to },
    against: now.from ? against : "",
    compare,
    marks,
    onAddress: change,
  };
  return { project, search, change, state, range, first, question, asked, bar };
}

export type Monitor = ReturnType<typeof useMonitor>;
