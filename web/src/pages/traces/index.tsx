import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { type Search, useAddress } from "../../address";
import { type Condition, ranged, toggled } from "../../filter/conditions";
import { Page } from "../../frame/Page";
import { useProject } from "../../frame/project";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { rememberList } from "../../openedFrom";
import { ErrorLine, ErrorState } from "../../parts/states";
import { TimeRange } from "../../parts/TimeRange";
import { keepPlace } from "../../place";
import { writeRange } from "../../timeRange";
import { ChartStrip } from "./ChartStrip";
import { possibleColumns } from "./columns";
import { EmptyTable } from "./EmptyTable";
import { Facets } from "./Facets";
import { Footer } from "./Footer";
import { Peek } from "./Peek";
import { PhoneRows } from "./PhoneRows";
import { totalsQuery } from "./queries";
import type { Row } from "./rows";
import { SkeletonRows } from "./SkeletonRows";
import {
  NEWEST,
  narrowed,
  readState,
  type Sorting,
  widened,
  withinADay,
  writeChips,
  writeSorting,
} from "./state";
import { Table } from "./Table";
import { Toolbar } from "./Toolbar";
import { LiveButton, PhoneMenu } from "./TopActions";
import classes from "./traces.module.css";
import { useColumns } from "./useColumns";
import { useFocusedRow } from "./useFocusedRow";
import { useRowKeys } from "./useRowKeys";
import { useStripWindow } from "./useStripWindow";
import { useTableData } from "./useTableData";
import { useTail } from "./useTail";

/** Which traces, sessions or spans there are, and what they have in common. */
export default function Traces() {
  const project = useProject();
  const [search, change] = useAddress();
  const state = useMemo(() => readState(search), [search]);
  const navigate = useNavigate();
  const phone = useMediaQuery("(max-width: 640px)", false, { getInitialValueInEffect: false });
  const filterInput = useRef<HTMLInputElement>(null);
  const [ticked, setTicked] = useState<Record<string, true>>({});
  const [facetsOpen, setFacetsOpen] = useState(false);

  const data = useTableData(state, project);
  const { question, rows, totals } = data;
  const [focused, setFocused] = useFocusedRow(rows);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address is another place
  useEffect(() => keepPlace({ now: data.now, focused }), [data.now, focused, search]);
  const tail = useTail(question, state.live);
  const everything = { ...question, filter: "" };
  const { data: whole } = useQuery({
    ...totalsQuery(everything),
    enabled: question.filter !== "",
  });
  const strip = useStripWindow(state, rows, data.now);

  const columns = useColumns(state, search, data.seenScores, change);
  const possible = possibleColumns(state.scope, data.seenScores, data.seenMetadata);
  const clockOnly = withinADay(question.bounds, data.now);
  const peeked = state.peek ? (rows.find((row) => row.id === state.peek) ?? null) : null;
  const tickedRows = rows.filter((row) => ticked[row.id]);

  function onChips(chips: readonly Condition[]) {
    change({ chips: writeChips(chips), peek: undefined });
  }

  function onSort(sorting: Sorting) {
    const order = writeSorting(sorting);
    change({ order: order === writeSorting(NEWEST) ? undefined : order });
    setFocused(-1);
  }

  function onBrush(brush: { from: number; to: number } | null) {
    change(brush ? narrowed(state, brush.from, brush.to) : widened(state));
  }

  function open(row: Row, event?: MouseEvent) {
    const target = placeOf(row);
    if (!target) return;
    rememberList({
      project,
      ids: rows.flatMap((one) => one.traceId ?? []),
      total: state.scope === "traces" ? (totals?.count ?? null) : null,
      href: window.location.href,
    });
    if (event && (event.metaKey || event.ctrlKey || event.button === 1)) {
      window.open(target.href, "_blank");
      return;
    }
    void navigate(target.link);
  }

  function placeOf(row: Row) {
    const base = new URL(document.baseURI);
    const of = (path: string) => new URL(path, base).href;
    if (state.scope === "sessions" && row.sessionId)
      return {
        href: of(
          `p/${encodeURIComponent(row.project)}/sessions/${encodeURIComponent(row.sessionId)}`,
        ),
        link: {
          to: "/p/$project/sessions/$sessionId",
          params: { project: row.project, sessionId: row.sessionId },
          search: {},
        } as const,
      };
    if (!row.traceId) return null;
    const span = row.spanId ?? undefined;
    return {
      href: of(
        `p/${encodeURIComponent(row.project)}/trace/${encodeURIComponent(row.traceId)}${span ? `?span=${span}` : ""}`,
      ),
      link: {
        to: "/p/$project/trace/$traceId",
        params: { project: row.project, traceId: row.traceId },
        search: { span } as Search,
      } as const,
    };
  }

  function tick(index: number, through: boolean) {
    const row = rows[index];
    if (!row) return;
    const next = { ...ticked };
    if (through && focused >= 0) {
      const [a, b] = [Math.min(focused, index), Math.max(focused, index)];
      for (const one of rows.slice(a, b + 1)) next[one.id] = true;
    } else if (next[row.id]) delete next[row.id];
    else next[row.id] = true;
    setTicked(next);
    setFocused(index);
  }

  function tickAll(on: boolean) {
    setTicked(on ? Object.fromEntries(rows.map((row) => [row.id, true as const])) : {});
  }

  function peek(row: Row | null) {
    change({ peek: row?.id }, state.peek && row ? "typing" : "choosing");
  }

  useRowKeys({
    rows,
    focused,
    peeked,
    setFocused,
    open,
    peek,
    tick: (index) => tick(index, false),
    untick: () => setTicked({}),
    anyTicked: tickedRows.length > 0,
  });
  useKeys("Table", [
    { key: "/", what: "Filter", run: () => filterInput.current?.focus() },
    { key: "r", what: "Ask anew", run: data.refresh },
    { key: "l", what: "Live on or off", run: () => change({ live: state.live ? undefined : "1" }) },
  ]);

  const facets = (
    <Facets
      question={data.asked ?? null}
      bar={state.bar}
      chips={state.chips}
      scores={data.seenScores}
      onToggle={(field, value, not) => onChips(toggled(state.chips, field, value, not))}
      onRange={(field, range) => onChips(ranged(state.chips, field, range))}
    />
  );
  const title = { traces: "Traces", sessions: "Sessions", spans: "Spans" }[state.scope];

  return (
    <Page
      crumbs={[{ label: title }]}
      fill
      actions={
        <>
          <TimeRange
            range={state.range}
            onChange={(range) =>
              change({ ...writeRange(range), around: undefined, live: undefined })
            }
          />
          <LiveButton
            live={state.live}
            lost={tail === "lost"}
            onChange={(live) => change({ live })}
          />
          <span className={classes.wideOnly}>
            <ShareButton />
          </span>
          <PhoneMenu state={state} question={question} onChange={change} />
        </>
      }
    >
      <Toolbar
        state={state}
        question={question}
        language={data.language}
        problem={data.problem}
        totals={totals}
        all={question.filter ? (whole?.count ?? null) : null}
        tookMs={data.tookMs}
        columns={columns}
        possible={possible}
        inputRef={filterInput}
        onAddress={change}
        onChips={onChips}
        onWiden={() => change(widened(state))}
        onFacets={() => setFacetsOpen(true)}
      />
      <div className={classes.middle}>
        {!phone && (
          <aside className={classes.facets} aria-label="Facets">
            {facets}
          </aside>
        )}
        <div className={classes.main}>
          {strip && (
            <ChartStrip
              project={project}
              scope={state.scope}
              filter={data.asked?.filter ?? null}
              measure={state.measure}
              window={strip.window}
              brush={strip.brush}
              onMeasure={(measure) => change({ chart: measure === "count" ? undefined : measure })}
              onBrush={onBrush}
            />
          )}
          {data.error && rows.length > 0 && (
            <div className={classes.failed}>
              <ErrorLine error={data.error} onRetry={data.refresh} />
            </div>
          )}
          <div className={classes.tableAndPeek}>
            {data.error && rows.length === 0 ? (
              <div className={classes.filler}>
                <ErrorState error={data.error} onRetry={data.retry} />
              </div>
            ) : data.waiting ? (
              <SkeletonRows
                phone={phone}
                scope={state.scope}
                columns={columns}
                clockOnly={clockOnly}
                sorting={state.sorting}
              />
            ) : rows.length === 0 ? (
              <div className={classes.filler}>
                <EmptyTable
                  state={state}
                  question={question}
                  problem={data.problem?.message ?? null}
                  onAddress={change}
                  onChips={onChips}
                />
              </div>
            ) : phone ? (
              <PhoneRows
                rows={rows}
                scores={data.seenScores}
                clockOnly={clockOnly}
                live={state.live}
                onOpen={open}
                onEnd={data.loadMore}
              />
            ) : (
              <Table
                scope={state.scope}
                rows={rows}
                total={totals?.count ?? null}
                columns={columns.shown}
                pinned={columns.pinned}
                widths={columns.widths}
                clockOnly={clockOnly}
                sorting={state.sorting}
                focused={focused}
                ticked={ticked}
                live={state.live}
                fetching={data.fetching}
                onSort={onSort}
                onColumns={columns.choose}
                onResize={columns.resize}
                onFocus={setFocused}
                onOpen={open}
                onTick={tick}
                onTickAll={tickAll}
                onEnd={data.loadMore}
              />
            )}
            {peeked && !phone && (
              <Peek row={peeked} onOpen={() => open(peeked)} onClose={() => peek(null)} />
            )}
          </div>
          <Footer
            question={question}
            totals={totals}
            ticked={tickedRows}
            onUntick={() => setTicked({})}
            onCompare={(a, b) =>
              navigate({
                to: "/p/$project/compare",
                params: { project },
                search: { a: a.traceId ?? undefined, b: b.traceId ?? undefined },
              })
            }
          />
        </div>
      </div>
      <Drawer
        opened={facetsOpen && phone}
        onClose={() => setFacetsOpen(false)}
        title="Facets"
        position="left"
        size="85%"
      >
        {facetsOpen && facets}
      </Drawer>
    </Page>
  );
}
