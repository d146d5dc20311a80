/** What is asked about prompts, and the shapes of the answers. */
import { queryOptions } from "@tanstack/react-query";
import { get, type Params, send } from "../../api/client";
import type { components } from "../../api/openapi";
import { pagesOf } from "../../api/pages";
import type { Page } from "../../api/types";

type Schemas = components["schemas"];

export type Prompt = Schemas["PromptOut"];
export type Version = Schemas["VersionOut"];
export type VersionDetail = Schemas["VersionDetail"];
export type PlainPrompt = Schemas["PlainPrompt"];
export type Message = Record<string, unknown>;
export type Label = Schemas["LabelOut"];
export type LabelMoved = Schemas["LabelMoved"];
export type Diff = Schemas["Diff"];
export type Change = Schemas["ChangeOut"];
export type Rendered = Schemas["Rendered"];

/** All that the cache knows of prompts. */
export const PROMPTS = ["prompts"] as const;

export function pathOf(name: string, rest = ""): string {
  return `prompts/${encodeURIComponent(name)}${rest}`;
}

export const promptsQuery = (params: Params) =>
  pagesOf<Prompt>([...PROMPTS, "list"], "prompts", params);

export function promptQuery(name: string) {
  return queryOptions({
    queryKey: [...PROMPTS, name],
    queryFn: ({ signal }) => get<Prompt>(pathOf(name), {}, signal),
  });
}

export const versionsQuery = (name: string) =>
  pagesOf<Version>([...PROMPTS, name, "versions"], pathOf(name, "/versions"));

/** The version that a number, a hash, a label or `latest` names. */
export function versionQuery(name: string, ref: string) {
  return queryOptions({
    queryKey: [...PROMPTS, name, "version", ref],
    queryFn: ({ signal }) =>
      get<VersionDetail>(pathOf(name, `/versions/${encodeURIComponent(ref)}`), {}, signal),
  });
}

export function labelsQuery(name: string) {
  return queryOptions({
    queryKey: [...PROMPTS, name, "labels"],
    queryFn: ({ signal }) => get<Page<Label>>(pathOf(name, "/labels"), {}, signal),
  });
}

export function diffQuery(name: string, from: string, to: string) {
  return queryOptions({
    queryKey: [...PROMPTS, name, "diff", from, to],
    queryFn: ({ signal }) => get<Diff>(pathOf(name, "/diff"), { from, to }, signal),
  });
}

export function moveLabel(name: string, label: string, version: number): Promise<LabelMoved> {
  return send<LabelMoved>("PUT", pathOf(name, `/labels/${encodeURIComponent(label)}`), { version });
}

export function removeLabel(name: string, label: string): Promise<void> {
  return send<void>("DELETE", pathOf(name, `/labels/${encodeURIComponent(label)}`));
}
