import { describe, expect, it } from "vitest";
import { makeSpan } from "./factory";
import { verdict } from "./verdict";

const said = (output: unknown, preview: string | null = null) =>
  verdict(makeSpan("guardrail", { output, output_preview: preview }));

describe("the verdict of a check", () => {
  it("says passed or failed, with the reason that was given", () => {
    expect(said(true)).toBe("passed");
    expect(said({ passed: true, reason: "nothing redacted" })).toBe("passed, nothing redacted");
    expect(said({ tripwire_triggered: true })).toBe("failed");
  });

  it("shows a score with its explanation", () => {
    expect(said({ score: 0.9, why: "each sentence is backed" })).toBe(
      "0.90, “each sentence is backed”",
    );
    expect(said({ label: "correct" })).toBe("correct");
  });

  it("reads the preview while the output is not there, and cuts what is long", () => {
    expect(said(undefined, "blocked")).toBe("blocked");
    expect(said("x".repeat(500))).toHaveLength(161);
    expect(said(undefined)).toBe("passed");
  });
});
