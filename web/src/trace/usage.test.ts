import { describe, expect, it } from "vitest";
import { makeSpan } from "./factory";
import { arithmetic, tokensPerSecond } from "./usage";

describe("the arithmetic of a cost", () => {
  it("gives each type its price for a million and the sum as it was billed", () => {
    const found = arithmetic({
      usage: { input_tokens: 3412, output_tokens: 268, total_tokens: 3680 },
      cost: {
        total: 0.00911,
        details: [
          { type: "output", tokens: 268, price: 15, cost: 0.00402 },
          { type: "input", tokens: 852, price: 3, cost: 0.002556 },
          { type: "cache_read", tokens: 2048, price: 0.3, cost: 0.000614 },
        ],
      },
    });

    expect(found?.rows.map((row) => row.label)).toEqual(["Input", "Cache read", "Output"]);
    expect(found?.rows[0]?.perMillion).toBeCloseTo(3);
    expect([found?.tokens, found?.cost]).toEqual([3680, 0.00911]);
  });

  it("takes cached tokens out of the input when there is no price", () => {
    const found = arithmetic({
      usage: { input_tokens: 100, cached_tokens: 40, output_tokens: 5 },
      cost: null,
    });

    expect(found?.rows.map((row) => [row.label, row.tokens])).toEqual([
      ["Input", 60],
      ["Cache read", 40],
      ["Output", 5],
    ]);
    expect(found?.cost).toBeNull();
  });

  it("is nothing when nothing was reported", () => {
    expect(arithmetic({ usage: null, cost: null })).toBeNull();
  });

  it("counts speed from the first token on", () => {
    const span = makeSpan("llm", {
      to: 3180,
      time_to_first_token_ms: 590,
      usage: { output_tokens: 268 },
    });

    expect(Math.round(tokensPerSecond(span) ?? 0)).toBe(103);
    expect(tokensPerSecond(makeSpan("llm"))).toBeNull();
  });
});
