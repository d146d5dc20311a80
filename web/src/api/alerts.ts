/** Alerts: the shapes of their API, and the questions that pages ask of it. */
import { queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";
import type { components } from "./openapi";
import { pagesOf } from "./pages";
import type { Page } from "./types";

type Schemas = components["schemas"];

export type Alert = Schemas["AlertRuleOut"];
export type OpenAlerts = Schemas["OpenAlerts"];
export type AlertGroup = Schemas["GroupOut"];
export type Condition = Schemas["ConditionBody"];
export type AlertEvent = Schemas["AlertEventOut"];
export type Delivery = Schemas["DeliveryOut"];
export type AskedAlert = Schemas["PreviewAsked"];
export type Preview = Schemas["PreviewOut"];
export interface Tried {
  asked: AskedAlert;
  preview: Preview;
}
export type Channel = Schemas["ChannelOut"];
export type ChannelTested = Schemas["ChannelTested"];
export type Maintenance = Schemas["MaintenanceOut"];
export type Schedule = Maintenance["schedule"];

/** All that the cache knows of rules; channels and maintenance are forgotten by keys of their own. */
export const ALERTS = ["alerts"] as const;
export const CHANNELS = ["alert-channels"] as const;
export const MAINTENANCE = ["alert-maintenance"] as const;
/** The server looks each minute. */
const LOOK_MS = 30_000;

export function alertPath(id: string, rest = ""): string {
  return `alerts/${encodeURIComponent(id)}${rest}`;
}

/** How many are open, by project: the frame asks for it on each page, whatever its project is. */
export const openAlertsQuery = () =>
  queryOptions({
    queryKey: [...ALERTS, "open"],
    queryFn: async ({ signal }) => (await get<Page<OpenAlerts>>("open-alerts", {}, signal)).items,
    refetchInterval: LOOK_MS,
  });

/** All rules that may be seen. */
export const alertsQuery = () =>
  queryOptions({
    queryKey: [...ALERTS, "list"],
    queryFn: async ({ signal }) => (await get<Page<Alert>>("alerts", {}, signal)).items,
    refetchInterval: LOOK_MS,
  });

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: [...ALERTS, id],
    queryFn: ({ signal }) => get<Alert>(alertPath(id), {}, signal),
    refetchInterval: LOOK_MS,
  });

export const historyQuery = (id: string) => ({
  ...pagesOf<AlertEvent>([...ALERTS, id, "history"], alertPath(id, "/history")),
  refetchInterval: LOOK_MS,
});

/** What a rule would have done, with what was asked; nobody is told. */
export const previewQuery = (asked: AskedAlert) =>
  queryOptions({
    queryKey: ["alert-preview", asked],
    queryFn: async ({ signal }): Promise<Tried> => ({
      asked,
      preview: await send<Preview>("POST", "alerts/preview", asked, signal),
    }),
    staleTime: 60_000,
  });

export const channelsQuery = () =>
  queryOptions({
    queryKey: CHANNELS,
    queryFn: async ({ signal }) => (await get<Page<Channel>>("alerts/channels", {}, signal)).items,
  });

export const maintenanceQuery = (project: string) =>
  queryOptions({
    queryKey: [...MAINTENANCE, project],
    queryFn: async ({ signal }) =>
      (await get<Page<Maintenance>>("alerts/maintenance", { project }, signal)).items,
  });
