import { describe, expect, test } from "vitest";
import {
  boundsOf,
  closedBounds,
  intervalFor,
  periodBefore,
  readRange,
  typedRange,
  writeRange,
} from "./timeRange";

const NOW = Date.parse("2026-11-21T12:00:30Z");

describe("a range in the address", () => {
  test("goes there and back", () => {
    for (const search of [
      { range: "7d" },
      { from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" },
    ])
      expect(writeRange(readRange(search))).toMatchObject(search);
  });

  test("leaves nothing behind when it is the usual one", () => {
    expect(Object.values(writeRange(readRange({})))).toEqual([undefined, undefined, undefined]);
  });

  test("is the usual one when it makes no sense", () => {
    for (const search of [
      { range: "5y" },
      { from: "soon", to: "later" },
      { from: "2026-02-01", to: "2026-01-01" },
    ])
      expect(readRange(search)).toEqual({ kind: "relative", span: "24h" });
  });
});

describe("bounds", () => {
  test("begin on a whole minute and have no end when relative", () => {
    expect(boundsOf({ kind: "relative", span: "1h" }, NOW)).toEqual({
      from: "2026-11-21T11:00:00.000Z",
    });
    expect(boundsOf({ kind: "relative", span: "all" }, NOW)).toEqual({});
  });

  test("are closed on demand, and the period before has the same length", () => {
    const range = { kind: "relative", span: "1h" } as const;
    expect(closedBounds(range, NOW).to).toBe("2026-11-21T12:01:00.000Z");
    expect(periodBefore(range, NOW)).toEqual({
      from: "2026-11-21T09:59:00.000Z",
      to: "2026-11-21T11:00:00.000Z",
    });
    expect(periodBefore({ kind: "relative", span: "all" }, NOW)).toBeNull();
  });
});

test("a typed length is a known range where there is one", () => {
  expect(typedRange("60 m", NOW)).toEqual({ kind: "relative", span: "1h" });
  expect(typedRange("90m", NOW)).toMatchObject({
    kind: "absolute",
    from: "2026-11-21T10:30:30.000Z",
  });
  for (const text of ["", "0h", "h", "3 years"]) expect(typedRange(text, NOW)).toBeNull();
});

test("an interval cuts any range into a readable number of bars", () => {
  for (const ms of [60_000, 900_000, 86_400_000, 7 * 86_400_000, 90 * 86_400_000]) {
    const bars = ms / intervalFor(0, ms).ms;
    expect(bars).toBeGreaterThan(10);
    expect(bars).toBeLessThanOrEqual(120);
  }
});
