import { queryOptions } from "@tanstack/react-query";
import { get } from "./client";
import type { components } from "./openapi";
import type { Page } from "./types";

export type Provider = components["schemas"]["ProviderOut"];
export type ProviderPut = components["schemas"]["ProviderPut"];
export type ProviderTested = components["schemas"]["ProviderTested"];

export const PROVIDERS = ["providers"] as const;

/** The hint of a key that is too short to show its end. */
export const HIDDEN = "…";

export function providerPath(name: string, rest = ""): string {
  return `providers/${encodeURIComponent(name)}${rest}`;
}

/** Who can be asked for a model, by name. */
export const providersQuery = () =>
  queryOptions({
    queryKey: PROVIDERS,
    queryFn: async ({ signal }) => (await get<Page<Provider>>("providers", {}, signal)).items,
  });
