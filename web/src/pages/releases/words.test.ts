import { describe, expect, it } from "vitest";
import type { Difference, Release } from "../../api/releases";
import { differenceText, estimateText, metricName, stageName, standingOf, verbsOf } from "./words";

function release(more: Partial<Release>): Release {
  return { kind: "staged", status: "running", stage: 0, stages: [null, 0.5], ...more } as Release;
}

function difference(more: Partial<Difference>): Difference {
  return { metric: "latency", is_ratio: true, ...more } as Difference;
}

describe("what may be done with a release", () => {
  it("follows its kind and where it stands", () => {
    expect(verbsOf(release({}))).toEqual(["pause", "rollback", "advance", "promote"]);
    expect(verbsOf(release({ stage: 1 }))).toEqual(["pause", "rollback", "promote"]);
    expect(verbsOf(release({ status: "paused", kind: "ab" }))).toEqual([
      "resume",
      "stop",
      "promote",
    ]);
    expect(verbsOf(release({ status: "promoted" }))).toEqual(["rollback"]);
    expect(verbsOf(release({ status: "rolled_back" }))).toEqual([]);
  });

  it("is ready only while it is at work", () => {
    const figures = { is_ready: true } as Release["figures"];

    expect(standingOf(release({ figures }))).toBe("ready");
    expect(standingOf(release({ figures, status: "promoted" }))).toBe("promoted");
  });
});

describe("figures", () => {
  it("have signs and units", () => {
    expect(differenceText(difference({}), 0.223)).toMatch(/^\+22\s%$/);
    expect(differenceText(difference({}), -0.05)).toMatch(/^−5\.0\s%$/);
    expect(differenceText(difference({ metric: "errors", is_ratio: false }), 0.02)).toContain("pt");
    expect(stageName(null)).toBe("Shadow");
    expect(stageName(0.25)).toMatch(/^25\s%$/);
    expect(metricName("scores.helpful")).toBe("helpful");
  });

  it("say between which values they lie, where that is known", () => {
    expect(estimateText({ estimate: 0.5, low: 0.4, high: 0.6, n: 9 }, "share").within).toContain(
      "–",
    );
    expect(estimateText({ estimate: 0.5, low: null, high: null, n: 1 }, "share").within).toBeNull();
    expect(estimateText(null, "ms").value).toBe("–");
  });
});
