import { useParams } from "@tanstack/react-router";
import { useFirstTraceEver } from "../../api/firstTrace";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { ErrorState } from "../../parts/states";
import { TimeRange } from "../../parts/TimeRange";
import { Onboarding } from "../onboarding/Onboarding";
import { Charts } from "./Charts";
import { Expensive } from "./Expensive";
import { Figures } from "./Figures";
import { NewestErrors } from "./NewestErrors";
import { OpenAlerts } from "./OpenAlerts";
import classes from "./overview.module.css";
import { usePeriod } from "./usePeriod";

/** Whether the application is all right, and what changed; how to get data in where there is none. */
export default function OverviewPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const period = usePeriod();
  const first = useFirstTraceEver(project);
  const begin = first.data?.items[0]?.start_time ?? null;

  if (first.data && first.data.items.length === 0) {
    return (
      <Page crumbs={[{ label: "Get started" }]}>
        <Onboarding project={project} />
      </Page>
    );
  }
  return (
    <Page
      crumbs={[{ label: "Overview" }]}
      actions={
        <>
          <TimeRange range={period.range} onChange={period.choose} />
          <ShareButton />
        </>
      }
    >
      {first.error ? (
        <ErrorState error={first.error} onRetry={first.refetch} />
      ) : (
        <div className={classes.page}>
          <Figures project={project} period={period} begin={begin} />
          <OpenAlerts project={project} />
          <Charts project={project} period={period} begin={begin} />
          <NewestErrors project={project} period={period} />
          <Expensive project={project} period={period} />
        </div>
      )}
    </Page>
  );
}
