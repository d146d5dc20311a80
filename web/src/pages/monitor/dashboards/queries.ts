import { queryOptions } from "@tanstack/react-query";
import { get, send } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { Dashboard, DashboardSummary, NewDashboard } from "./model";

/** The dashboards of a project, without their panels. */
export function dashboardsQuery(project: string) {
  return queryOptions({
    queryKey: keys.dashboards(project),
    queryFn: ({ signal }) => get<{ items: DashboardSummary[] }>("dashboards", { project }, signal),
  });
}

export function dashboardQuery(id: string) {
  return queryOptions({
    queryKey: keys.dashboard(id),
    queryFn: ({ signal }) => get<Dashboard>(pathOf(id), {}, signal),
  });
}

export function addDashboard(project: string, made: NewDashboard): Promise<Dashboard> {
  const { name, description, refresh_s, panels } = made;
  return send("POST", "dashboards", { project, name, description, refresh_s, panels });
}

/** Refused with 409 when somebody else changed it since this version was read. */
export function changeDashboard(changed: Dashboard): Promise<Dashboard> {
  const { id, version, name, description, refresh_s, panels } = changed;
  return send("PATCH", pathOf(id), { version, name, description, refresh_s, panels });
}

export function removeDashboard(id: string): Promise<void> {
  return send("DELETE", pathOf(id));
}

function pathOf(id: string): string {
  return `dashboards/${encodeURIComponent(id)}`;
}
