import { queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";
import type { components } from "./openapi";

type Schemas = components["schemas"];
export type GatewayStatus = Schemas["GatewayStatus"];
export type GatewayRoute = Schemas["RouteOut"];
export type GatewayTarget = Schemas["TargetStatus"];
export type Guardrail = Schemas["GuardrailOut"];
export type GuardrailTried = Schemas["GuardrailTried"];
export type GuardrailVerdict = Schemas["GuardrailVerdict"];

/** What the gateway of the server's process did, looked at again every few seconds. */
export const gatewayStatusQuery = () =>
  queryOptions({
    queryKey: ["gateway", "status"],
    queryFn: ({ signal }) => get<GatewayStatus>("gateway/status", {}, signal),
    refetchInterval: 5_000,
  });

/** What names lead to which models, and what is wrong with that. */
export const gatewayRoutesQuery = () =>
  queryOptions({
    queryKey: ["gateway", "routes"],
    queryFn: ({ signal }) => get<Schemas["RouteList"]>("gateway/routes", {}, signal),
  });

/** What looks at questions and answers. */
export const guardrailsQuery = () =>
  queryOptions({
    queryKey: ["gateway", "guardrails"],
    queryFn: async ({ signal }) =>
      (await get<Schemas["GuardrailList"]>("gateway/guardrails", {}, signal)).items,
  });

/** Ask guardrails of a text; nothing is recorded. */
export function tryGuardrails(
  body: { text: string; stage: "input" | "output"; guardrails: string[] },
  signal?: AbortSignal,
): Promise<GuardrailTried> {
  return send<GuardrailTried>("POST", "gateway/guardrails/try", body, signal);
}
