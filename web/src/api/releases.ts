/** Releases: the shapes of their API, and the questions that pages ask of it. */
import { queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";
import type { components } from "./openapi";
import type { Page } from "./types";

type Schemas = components["schemas"];

export type Release = Schemas["ReleaseOut"];
export type Figures = Schemas["ReleaseFigures"];
export type ArmFigures = Schemas["ArmFigures"];
export type Difference = Schemas["DifferenceOut"];
export type Estimate = Schemas["ArmEstimate"];
export type ReleaseEvent = Schemas["EventOut"];
export type Pair = Schemas["PairOut"];
export type Verb = "advance" | "promote" | "rollback" | "pause" | "resume" | "stop";

export const RELEASES = ["releases"] as const;
/** The server looks each ten seconds. */
const LOOK_MS = 10_000;

export function releasePath(name: string, rest = ""): string {
  return `releases/${encodeURIComponent(name)}${rest}`;
}

export const releasesQuery = () =>
  queryOptions({
    queryKey: [...RELEASES, "list"],
    queryFn: async ({ signal }) => (await get<Page<Release>>("releases", {}, signal)).items,
    refetchInterval: LOOK_MS,
  });

export const releaseQuery = (name: string) =>
  queryOptions({
    queryKey: [...RELEASES, "one", name],
    queryFn: ({ signal }) => get<Release>(releasePath(name), {}, signal),
    refetchInterval: LOOK_MS,
  });

export const trailQuery = (name: string) =>
  queryOptions({
    queryKey: [...RELEASES, "one", name, "events"],
    queryFn: async ({ signal }) =>
      (await get<Page<ReleaseEvent>>(releasePath(name, "/events"), {}, signal)).items,
    refetchInterval: LOOK_MS,
  });

export const pairsQuery = (name: string) =>
  queryOptions({
    queryKey: [...RELEASES, "one", name, "pairs"],
    queryFn: async ({ signal }) =>
      (await get<Page<Pair>>(releasePath(name, "/pairs"), {}, signal)).items,
    refetchInterval: LOOK_MS,
  });

/** Look now instead of at the next turn. */
export function look(name: string): Promise<Release> {
  return send<Release>("POST", releasePath(name, "/look"));
}

export function move(name: string, verb: Verb, reason: string, arm = ""): Promise<Release> {
  return send<Release>("POST", releasePath(name, `/${verb}`), { reason, arm });
}
