import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page as PageOf, Trace } from "../../api/types";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { ErrorState } from "../../parts/states";
import { TimeRange } from "../../parts/TimeRange";
import { Onboarding } from "../onboarding/Onboarding";
import { Charts } from "./Charts";
import { Expensive } from "./Expensive";
import { Figures } from "./Figures";
import { NewestErrors } from "./NewestErrors";
import classes from "./overview.module.css";
import { usePeriod } from "./usePeriod";

/** Whether the application is all right, and what changed; how to get data in where there is none. */
export default function OverviewPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const period = usePeriod();
  const first = useFirstTraceEver(project);

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
          <Figures project={project} period={period} />
          <Charts
            project={project}
            period={period}
            begin={first.data?.items[0]?.start_time ?? null}
          />
          <NewestErrors project={project} period={period} />
          <Expensive project={project} period={period} />
        </div>
      )}
    </Page>
  );
}

/** The oldest trace of the project: none means that nothing ever arrived. */
function useFirstTraceEver(project: string) {
  const params = { project, order_by: "start_time", limit: 1 };
  return useQuery({
    queryKey: keys.list("traces", params),
    queryFn: ({ signal }) => get<PageOf<Trace>>("traces", params, signal),
    staleTime: 60_000,
    // Onboarding gives way to the overview once something is there.
    refetchInterval: (query) => (query.state.data?.items.length === 0 ? 15_000 : false),
  });
}
