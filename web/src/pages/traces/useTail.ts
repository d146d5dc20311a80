import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { apiUrl } from "../../api/client";
import type { Trace } from "../../api/types";
import { type RowPage, rowsQuery } from "./queries";
import { type Row, rowOf } from "./rows";
import { NEWEST, type Question, writeSorting } from "./state";

/** How often sums, strip and facets are asked anew while traces come in. */
const REFRESH_MS = 3000;

export type TailState = "off" | "connecting" | "open" | "lost";

/** Follows new traces while `live`, and puts them on top of the list. */
export function useTail(question: Question, live: boolean): TailState {
  const queries = useQueryClient();
  const [state, setState] = useState<TailState>("off");
  const latest = useRef(question);
  latest.current = question;
  const { project, filter } = question;

  useEffect(() => {
    if (!live) {
      setState("off");
      return;
    }
    setState("connecting");
    const source = new EventSource(apiUrl("traces/tail", { project, filter }));
    let stale = false;

    function take(event: MessageEvent<string>) {
      const now = latest.current;
      stale = true;
      if (now.scope !== "traces" || now.order !== writeSorting(NEWEST)) return;
      const row = rowOf("traces", JSON.parse(event.data) as Trace);
      queries.setQueryData(rowsQuery(now).queryKey, (data) => (data ? withRow(data, row) : data));
    }

    const timer = setInterval(() => {
      if (!stale) return;
      stale = false;
      const { scope, order } = latest.current;
      const onTop = scope === "traces" && order === writeSorting(NEWEST);
      const kinds = [`${scope}-totals`, ...(onTop ? [] : [scope])];
      for (const kind of kinds) void queries.invalidateQueries({ queryKey: ["list", kind] });
      for (const kind of ["metrics", "facets"])
        void queries.invalidateQueries({ queryKey: [kind] });
    }, REFRESH_MS);

    source.onopen = () => setState("open");
    source.onerror = () =>
      setState(source.readyState === EventSource.CLOSED ? "lost" : "connecting");
    source.addEventListener("message", take);
    source.addEventListener("trace", take);
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [live, project, filter, queries]);

  return state;
}

/** The pages with a row put where its start belongs, its older state taken out. */
export function withRow(
  data: InfiniteData<RowPage, unknown>,
  row: Row,
): InfiniteData<RowPage, unknown> {
  const pages = data.pages.map((page) => ({
    ...page,
    rows: page.rows.filter((known) => known.id !== row.id),
  }));
  const first = pages[0];
  if (!first) return data;
  const at = first.rows.findIndex((known) => known.start <= row.start);
  const place = at < 0 ? first.rows.length : at;
  return {
    ...data,
    pages: [{ ...first, rows: first.rows.toSpliced(place, 0, row) }, ...pages.slice(1)],
  };
}
