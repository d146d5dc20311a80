import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { LayoutDashboard } from "lucide-react";
import { ApiError } from "../../../api/client";
import { Page } from "../../../frame/Page";
import { EmptyState, ErrorState, Skeleton } from "../../../parts/states";
import { DashboardView } from "./DashboardView";
import { dashboardQuery } from "./queries";

/** A dashboard of the project's own. */
export default function DashboardPage() {
  const { project, dashboardId } = useParams({ strict: false }) as {
    project: string;
    dashboardId: string;
  };
  const { data, error, refetch } = useQuery(dashboardQuery(dashboardId));
  if (data) return <DashboardView key={data.id} project={project} kept={data} onStale={refetch} />;
  const monitor = { to: "/p/$project/monitor", params: { project } } as const;
  return (
    <Page crumbs={[{ label: "Monitor", link: monitor }, { label: "Dashboard" }]}>
      {error instanceof ApiError && error.status === 404 ? (
        <EmptyState
          icon={LayoutDashboard}
          title="There is no such dashboard"
          action={<Link {...monitor}>Open the ready-made board</Link>}
        >
          It may have been deleted.
        </EmptyState>
      ) : error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : (
        <Skeleton height={480} />
      )}
    </Page>
  );
}
