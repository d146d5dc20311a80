import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { conditionsText } from "../../filter/conditions";
import { problemIn } from "../../filter/FilterBar";
import { keptPlace } from "../../place";
import { facetQuery, languageQuery, rowsQuery, totalsQuery } from "./queries";
import { metadataPaths, type Row, scoreNames } from "./rows";
import { type Question, questionOf, type TableState } from "./state";
import { useLastGood } from "./useLastGood";

const MINUTE = 60_000;
/** The kinds of answers that the page is made of. */
const ASKED = ["list", "facets", "metrics"];

/** The present, as the relative ranges mean it: it moves on only when live or asked anew. */
function useNow(state: TableState): [number, () => void] {
  const [now, setNow] = useState(() => keptPlace()?.now ?? Date.now());
  const range = JSON.stringify(state.range);
  const lastRange = useRef(range);
  // Another range begins at the present; who comes back finds the rows that were there.
  useEffect(() => {
    if (lastRange.current !== range) setNow(Date.now());
    lastRange.current = range;
  }, [range]);
  useEffect(() => {
    if (!state.live) return;
    // Who reads further down keeps the rows that are loaded: another moment asks for them anew.
    const timer = setInterval(() => keptPlace()?.top || setNow(Date.now()), MINUTE);
    return () => clearInterval(timer);
  }, [state.live]);
  const queries = useQueryClient();
  const refresh = useCallback(() => {
    setNow(Date.now());
    // Ranges begin at whole minutes: within one the question stays, its answers need not.
    for (const kind of ASKED) void queries.invalidateQueries({ queryKey: [kind] });
  }, [queries]);
  return [now, refresh];
}

/** Rows, sums and the filter language for what the address asks. */
export function useTableData(state: TableState, project: string) {
  const [now, refresh] = useNow(state);
  const { scope, bar, chips } = state;
  // Of what else the address says the question is none the newer.
  const asking = JSON.stringify(questionOf(state, project, now));
  const question = useMemo<Question>(() => JSON.parse(asking), [asking]);
  const rowsAnswer = useInfiniteQuery(rowsQuery(question));
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = rowsAnswer;
  const pages = useLastGood(rowsAnswer.data?.pages, `${project} ${scope}`);
  const rows = useMemo<Row[]>(() => (pages ?? []).flatMap((page) => page.rows), [pages]);
  // All else is asked for what the rows were answered for: a mistake is told once.
  const answered = rowsAnswer.isSuccess && !rowsAnswer.isPlaceholderData;
  const asked = useLastGood(answered || !question.filter ? question : undefined, project + scope);
  const totalsAnswer = useQuery({ ...totalsQuery(asked ?? question), enabled: !!asked });
  const totals = useLastGood(totalsAnswer.data, `${project} ${scope}`);
  const { data: language } = useQuery(languageQuery(scope));

  const offset = conditionsText(chips) ? 1 : 0;
  const problem = problemIn(rowsAnswer.error, offset, bar.length);
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);

  const scoreFacet = useQuery(facetQuery({ ...question, filter: "", bounds: {} }, "scores", 50));
  const seenScores = useMemo(() => {
    if (scoreFacet.data) return scoreFacet.data.values.map((one) => one.value);
    return scoreFacet.error ? scoreNames(rows) : [];
  }, [scoreFacet.data, scoreFacet.error, rows]);
  const seenMetadata = useMemo(() => metadataPaths(rows), [rows]);
  return {
    now,
    refresh,
    question,
    asked,
    rows,
    waiting: pages === undefined && !rowsAnswer.error,
    fetching: rowsAnswer.isFetching,
    error: problem ? null : rowsAnswer.error,
    retry: rowsAnswer.refetch,
    problem,
    tookMs: pages?.[0]?.tookMs ?? null,
    totals,
    language,
    loadMore,
    seenScores,
    seenMetadata: useSticky(seenMetadata, `${project} ${scope}`),
  };
}

/** Names once seen stay until the place changes: columns do not come and go with the filter. */
function useSticky(names: string[], of: string): string[] {
  const [kept, setKept] = useState<{ of: string; names: string[] }>({ of, names });
  const known = kept.of === of ? kept.names : [];
  const fresh = names.filter((name) => !known.includes(name));
  const all = fresh.length > 0 ? [...known, ...fresh] : known;
  if (kept.of !== of || fresh.length > 0) setKept({ of, names: all });
  return all;
}
