import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Search } from "../../../address";
import { keys } from "../../../api/keys";
import { freeName, type NewDashboard } from "./model";
import { addDashboard, dashboardsQuery } from "./queries";

/** Makes a dashboard under a name that is free, and opens it. */
export function useMaking(project: string, search: Search = {}) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (made: NewDashboard) => {
      const { items } = await cache.fetchQuery({ ...dashboardsQuery(project), staleTime: 0 });
      const name = freeName(
        made.name,
        items.map((one) => one.name),
      );
      return addDashboard(project, { ...made, name });
    },
    onSuccess: async ({ id }) => {
      await cache.invalidateQueries({ queryKey: keys.dashboards(project) });
      await navigate({
        to: "/p/$project/monitor/$dashboardId",
        params: { project, dashboardId: id },
        search: search as never,
      });
    },
  });
}
