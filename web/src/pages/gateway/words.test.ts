import { expect, test } from "vitest";
import type { GatewayStatus } from "../../api/gateway";
import { cacheHits, cacheWords, guardrailsOf, healthOf, hitRate, lookedOf, reachOf } from "./words";

const cacheOf = (hits: number, misses: number, saved_usd: number) => ({
  hits,
  misses,
  saved_usd,
  routes: [{ route: "chat", hits, misses, saved_usd }],
});
const STATUS = {
  cache: cacheOf(2, 6, 0.5),
  semantic: cacheOf(3, 3, 0.25),
  guardrails: [
    { guardrail: "pii", stage: "input", checks: 3, hits: 1, failed: 0, mean_ms: 1 },
    { guardrail: "pii", stage: "output", checks: 1, hits: 0, failed: 1, mean_ms: 5 },
  ],
} as unknown as GatewayStatus;

test("a hit by meaning was a miss of the exact cache first", () => {
  expect(cacheHits(STATUS)).toEqual({ hits: 5, misses: 3, saved: 0.75 });
  expect(cacheHits(STATUS, "other")).toEqual({ hits: 0, misses: 0, saved: 0 });
  expect(hitRate(cacheHits(STATUS, "chat"))).toBe(0.625);
  expect(hitRate(cacheHits(STATUS, "other"))).toBeNull();
});

test("a route's cache and guardrails are said in words", () => {
  const cache = { mode: "semantic", threshold: 0.9, ttl: 60 } as const;
  expect(cacheWords({ ...cache, any_temperature: false, embedder: "local" })).toBe(
    "by meaning from 0.9, 1 m 00 s",
  );
  expect(cacheWords(null)).toBe("–");
  const named = { guardrails: { input: ["pii"], output: ["pii", "secrets"] } };
  expect(guardrailsOf(named as never)).toEqual(["pii", "secrets"]);
});

test("a target that rests or failed is bad", () => {
  const target = { target: "a/b", calls: 4, failed: 0, busy: 0, rests_s: 0, first_byte_ms: 1 };
  expect(healthOf(target)).toEqual({ words: "fine", isBad: false });
  expect(healthOf({ ...target, failed: 1 }).words).toBe("1 of 4 failed");
  expect(healthOf({ ...target, rests_s: 5 }).isBad).toBe(true);
  expect(healthOf(undefined).words).toBe("not asked yet");
});

test("what a guardrail did at all its stages is put together", () => {
  expect(lookedOf(STATUS, "pii")).toEqual({ checks: 4, hits: 1, failed: 1, meanMs: 2 });
  expect(lookedOf(undefined, "pii").meanMs).toBeNull();
  const guardrail = { default_on: false, routes: ["chat"], keys: ["bot"] };
  expect(reachOf(guardrail as never)).toBe("chat, key bot");
  expect(reachOf({ ...guardrail, default_on: true } as never)).toBe("every call");
});
