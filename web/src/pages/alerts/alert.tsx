import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { oneOf, useAddress } from "../../address";
import { type Alert, alertQuery, historyQuery, previewQuery } from "../../api/alerts";
import { itemsOf } from "../../api/pages";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Fetched } from "../../parts/Fetched";
import { panelOf, Tabs } from "../../parts/Tabs";
import evaluators from "../evaluators/evaluators.module.css";
import { AlertChart } from "./AlertChart";
import { AlertForm } from "./AlertForm";
import { AlertHead } from "./AlertHead";
import classes from "./alerts.module.css";
import { allAlerts, crumbsOfAlert } from "./crumbs";
import { DeleteAlert } from "./DeleteAlert";
import { askedOf, draftOf } from "./draft";
import { EpisodeList } from "./EpisodeList";
import { episodesOf } from "./episodes";
import { GroupTable } from "./GroupTable";
import { MuteMenu } from "./MuteMenu";
import { windowName } from "./measures";

const VIEWS = ["happened", "edit"] as const;
type View = (typeof VIEWS)[number];
const TITLES: Record<View, string> = { happened: "What happened", edit: "Change" };
const DAYS = 7;

/** One rule: where it stands, what it measured, its episodes, its settings. */
export default function AlertPage() {
  const { project, alertId } = useParams({ strict: false }) as { project: string; alertId: string };
  const navigate = useNavigate();
  const answer = useQuery(alertQuery(alertId));
  const rule = answer.data;
  const all = allAlerts(project);
  return (
    <Page
      crumbs={crumbsOfAlert(project, rule?.name ?? "Rule")}
      back={all}
      actions={
        <>
          {rule && <MuteMenu rule={rule} />}
          {rule && <DeleteAlert rule={rule} onGone={() => void navigate(all)} />}
          <ShareButton />
        </>
      }
    >
      <Fetched answer={answer} missing="There is no such rule" all={all} word="All alerts">
        {(found) => <Body key={found.id} project={project} rule={found} />}
      </Fetched>
    </Page>
  );
}

function Body({ project, rule }: { project: string; rule: Alert }) {
  const [search, change] = useAddress();
  const view = oneOf(search.view, VIEWS);
  const show = (next: View) => change({ view: next === "happened" ? undefined : next });
  useKeys("Alert", [
    { key: "h", what: "What happened", run: () => show("happened") },
    { key: "s", what: "Change", run: () => show("edit") },
  ]);
  return (
    <div className={evaluators.page}>
      <AlertHead rule={rule} />
      {rule.error && (
        <p className={classes.cannot} role="alert">
          It cannot look: {rule.error}
        </p>
      )}
      <Tabs label="Rule" tabs={VIEWS} names={TITLES} chosen={view} onChoose={show} />
      <div className={evaluators.view} {...panelOf(view)}>
        {view === "happened" ? (
          <Happened project={project} rule={rule} />
        ) : (
          <AlertForm
            key={rule.updated_at}
            project={project}
            rule={rule}
            start={draftOf(rule)}
            onSaved={() => show("happened")}
          />
        )}
      </div>
    </div>
  );
}

/** The measure of the last days, the groups that it is split by, and the episodes. */
function Happened({ project, rule }: { project: string; rule: Alert }) {
  const preview = useQuery(previewQuery({ project, days: DAYS, ...askedOf(draftOf(rule)) }));
  const history = useInfiniteQuery(historyQuery(rule.id));
  const episodes = episodesOf(itemsOf(history.data) ?? [], rule.condition);
  const spells = episodes.flatMap((one) =>
    "events" in one
      ? {
          level: one.level,
          from: Date.parse(one.openedAt),
          to: one.endedAt === null ? null : Date.parse(one.endedAt),
        }
      : [],
  );
  return (
    <div>
      <AlertChart
        scope={rule.scope}
        measure={rule.measure}
        condition={rule.condition}
        preview={preview.data?.preview}
        spells={spells}
        error={preview.error}
        onRetry={() => void preview.refetch()}
      >
        <p className={classes.under}>
          The last {DAYS} days in steps of {windowName(rule.window)}; the time of its episodes is
          shaded.
        </p>
      </AlertChart>
      {rule.group_by && rule.groups.length > 0 && <GroupTable rule={rule} by={rule.group_by} />}
      <EpisodeList rule={rule} />
    </div>
  );
}
