import { LayoutDashboard, Plus } from "lucide-react";
import { useRef } from "react";
import { Marks } from "../../../charts/marks";
import { problemIn } from "../../../filter/FilterBar";
import { Page } from "../../../frame/Page";
import { ShareButton } from "../../../frame/ShareButton";
import { useKeys } from "../../../keys";
import { Button } from "../../../parts/Button";
import { EmptyState, ErrorLine, ErrorState } from "../../../parts/states";
import { TimeRange } from "../../../parts/TimeRange";
import { writeRange } from "../../../timeRange";
import { EmptyTable } from "../../traces/EmptyTable";
import { narrowed, writeChips } from "../../traces/state";
import { useLastGood } from "../../traces/useLastGood";
import { MonitorBar } from "../MonitorBar";
import monitorClasses from "../monitor.module.css";
import { totalsPart } from "../questions";
import { usePart } from "../useBoard";
import { useMonitor } from "../useMonitor";
import { BoardHead } from "./BoardHead";
import { BoardTools } from "./BoardTools";
import { Conflict } from "./Conflict";
import classes from "./dashboards.module.css";
import { EditBar } from "./EditBar";
import { Grid } from "./Grid";
import { LargePanel } from "./LargePanel";
import type { Dashboard } from "./model";
import { PanelEditor } from "./PanelEditor";
import { PanelMenu } from "./PanelMenu";
import { isMistake, type PanelBoard, PanelView } from "./PanelView";
import { panelsPart } from "./panelQuestions";
import { bodyHeight } from "./sizes";
import { useEditing } from "./useEditing";
import { useRefresh } from "./useRefresh";
import { Whole } from "./Whole";

interface Props {
  project: string;
  /** As it is kept. */
  kept: Dashboard;
  onStale: () => unknown;
}

/** A dashboard: its panels within one filter and time, and the way to change them. */
export function DashboardView({ project, kept, onStale }: Props) {
  const filterInput = useRef<HTMLInputElement>(null);
  const monitor = useMonitor(project);
  const { search, change, state, range, question, asked, bar } = monitor;
  const edit = useEditing(project, kept);
  const { shown, editing } = edit;

  const totals = usePart(asked && totalsPart(asked), project);
  // The panels ask by the last filter that could be read: a mistake is told once.
  const readable = totals.current || !question.filter ? question.filter : undefined;
  const filter = useLastGood(readable, project);
  const within = asked && filter !== undefined ? { ...asked, filter } : null;
  const asking = shown.panels.filter((panel) => panel.question).length;
  const answer = usePart(within && asking > 0 ? panelsPart(shown.panels, within) : null, project);
  const problem = problemIn(totals.error, state.chips.length > 0 ? 1 : 0, state.bar.length);
  const all = totals.data?.of.totals?.series[0]?.points[0]?.count;
  const failed = !problem && !totals.data ? (totals.error ?? null) : null;

  function refetch() {
    for (const part of [totals, answer]) if (part.data) part.refetch();
  }
  const refresh = useRefresh(shown.refresh_s, refetch);
  useKeys("Dashboard", [
    { key: "/", what: "Filter", run: () => filterInput.current?.focus() },
    { key: "r", what: "Ask anew", run: refetch },
    ...(editing ? [] : [{ key: "e", what: "Edit the dashboard", run: edit.begin }]),
  ]);

  const board: PanelBoard = {
    state,
    range,
    onRange: (from, to) => change(narrowed(state, from, to)),
    asked: within,
    answer,
    shared: asking > 1,
  };
  const large = editing ? undefined : shown.panels.find(({ id }) => id === search.panel);
  const nothing = all === 0 && !editing && asking > 0;
  const crumb = { to: "/p/$project/monitor", params: { project } } as const;
  return (
    <Marks value={bar.marks.drawn}>
      <Page
        crumbs={[{ label: "Monitor", link: crumb }, { label: shown.name }]}
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
        <Whole>
          <BoardHead project={project} open={kept} description={editing ? "" : shown.description}>
            {!editing && (
              <BoardTools
                project={project}
                dashboard={kept}
                refresh={refresh}
                onEdit={edit.begin}
              />
            )}
          </BoardHead>
          {editing && <EditBar edit={edit} />}
          {edit.saving.error && <Conflict edit={edit} onStale={onStale} />}
          <MonitorBar {...bar} problem={problem} inputRef={filterInput} />
          {failed !== null && <ErrorState error={failed} onRetry={totals.refetch} />}
          {answer.error instanceof Error && answer.data && !isMistake(answer.error) && (
            <div className={monitorClasses.failed}>
              <ErrorLine error={answer.error} onRetry={answer.refetch} />
            </div>
          )}
          {nothing || (problem && !totals.data) ? (
            <EmptyTable
              state={state}
              question={question}
              problem={problem?.message ?? null}
              onAddress={change}
              onChips={(chips) => change({ chips: writeChips(chips) })}
            />
          ) : shown.panels.length === 0 ? (
            <EmptyState
              icon={LayoutDashboard}
              title="No panels yet"
              action={
                <Button icon={Plus} look={editing ? "line" : "primary"} onClick={edit.add}>
                  Add a panel
                </Button>
              }
            >
              A panel measures what you choose: counts, latency, tokens, cost or scores, as lines,
              bars, a heat map, a table or one figure.
            </EmptyState>
          ) : large ? (
            <LargePanel panel={large} board={board} onClose={() => change({ panel: undefined })} />
          ) : (
            <div className={classes.board} data-board>
              <Grid panels={shown.panels} editing={editing} onChange={edit.setPanels}>
                {(panel) => (
                  <PanelView
                    panel={panel}
                    board={board}
                    height={bodyHeight(panel.position.h)}
                    menu={
                      <PanelMenu
                        panel={panel}
                        edit={edit}
                        asked={within}
                        onLarge={() => change({ panel: panel.id })}
                      />
                    }
                  />
                )}
              </Grid>
            </div>
          )}
        </Whole>
        {edit.opened && (
          <PanelEditor
            key={edit.opened.id}
            panel={edit.opened}
            board={board}
            question={question}
            onKeep={edit.keepPanel}
            onClose={edit.close}
          />
        )}
      </Page>
    </Marks>
  );
}
