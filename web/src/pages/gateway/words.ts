/** What the gateway's settings and counts say in words. */

import type { GatewayRoute, GatewayStatus, GatewayTarget, Guardrail } from "../../api/gateway";
import { duration, UNKNOWN } from "../../format";

/** How answers of a route are given again: `exact, 1 h 00 m` or `by meaning from 0.95, 1 m 00 s`. */
export function cacheWords(cache: GatewayRoute["cache"]): string {
  if (!cache) return UNKNOWN;
  const how = cache.mode === "semantic" ? `by meaning from ${cache.threshold}` : "exact";
  return `${how}, ${duration((cache.ttl ?? 3600) * 1000)}`;
}

/** The names of a route's guardrails, whichever stage they look at. */
export function guardrailsOf(route: GatewayRoute): string[] {
  const given = route.guardrails ?? [];
  if (Array.isArray(given)) return given;
  return [...new Set([...(given.input ?? []), ...(given.output ?? [])])];
}

export interface Hits {
  hits: number;
  misses: number;
  saved: number;
}

/** What both caches did, for one route or for all. */
export function cacheHits({ cache, semantic }: GatewayStatus, route?: string): Hits {
  const [exact, alike] =
    route === undefined
      ? [cache, semantic]
      : [cache, semantic].map((one) => one.routes.find((each) => each.route === route));
  const near = alike?.hits ?? 0;
  return {
    hits: (exact?.hits ?? 0) + near,
    misses: Math.max(0, (exact?.misses ?? 0) - near),
    saved: (exact?.saved_usd ?? 0) + (alike?.saved_usd ?? 0),
  };
}

/** The share of questions that were answered again; null before the first. */
export function hitRate({ hits, misses }: Hits): number | null {
  return hits + misses > 0 ? hits / (hits + misses) : null;
}

/** How a target does: `rests 12 s`, `2 of 40 failed`, `fine`, or that nobody asked it. */
export function healthOf(target: GatewayTarget | undefined): { words: string; isBad: boolean } {
  if (!target || target.calls === 0) return { words: "not asked yet", isBad: false };
  if (target.rests_s > 0) return { words: `rests ${duration(target.rests_s * 1000)}`, isBad: true };
  if (target.failed > 0)
    return { words: `${target.failed} of ${target.calls} failed`, isBad: true };
  return { words: "fine", isBad: false };
}

export interface Looked {
  checks: number;
  hits: number;
  failed: number;
  meanMs: number | null;
}

/** What one guardrail did at all its stages. */
export function lookedOf(status: GatewayStatus | undefined, name: string): Looked {
  const own = (status?.guardrails ?? []).filter((one) => one.guardrail === name);
  const checks = sum(own.map((one) => one.checks));
  return {
    checks,
    hits: sum(own.map((one) => one.hits)),
    failed: sum(own.map((one) => one.failed)),
    meanMs: checks > 0 ? sum(own.map((one) => one.mean_ms * one.checks)) / checks : null,
  };
}

/** The chips of the span table for what a guardrail found. */
export function hitChips(name: string): string {
  const quoted = JSON.stringify(name);
  return `kind = "guardrail" and metadata.guardrail.name = ${quoted} and metadata.guardrail.outcome != "passed"`;
}

/** Who it looks at: `every call`, or what names it. */
export function reachOf({ default_on, routes, keys }: Guardrail): string {
  if (default_on) return "every call";
  const named = [...(routes ?? []), ...(keys ?? []).map((key) => `key ${key}`)];
  return named.length > 0 ? named.join(", ") : "who asks for it";
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
