import { describe, expect, test } from "vitest";
import * as format from "./format";

describe("durations", () => {
  test.each([
    [null, "–"],
    [0, "0 ms"],
    [0.42, "420 µs"],
    [4.21, "4.2 ms"],
    [66, "66 ms"],
    [760.4, "760 ms"],
    [999.6, "1.00 s"],
    [1200, "1.20 s"],
    [9996, "10.0 s"],
    [21_412, "21.4 s"],
    [125_000, "2 m 05 s"],
    [4_320_000, "1 h 12 m"],
    [273_600_000, "3 d 4 h"],
    [-1500, "−1.50 s"],
  ])("%s is %s", (ms, text) => expect(format.duration(ms)).toBe(text));
});

describe("money", () => {
  test.each([
    [undefined, undefined, "–"],
    [0.0312, undefined, "$0.0312"],
    [5.1234, undefined, "$5.12"],
    [1204.5, undefined, "$1,205"],
    [1_234_567.891, 3, "$1,234,567.891"],
    [0.00002, undefined, "<$0.0001"],
    [0.002556, 6, "$0.002556"],
    [0, 4, "$0.0000"],
  ])("%s to %s places is %s", (usd, digits, text) => expect(format.cost(usd, digits)).toBe(text));
});

describe("counts", () => {
  test.each([
    [9866, "9,866"],
    [12_345, "12.3 k"],
    [999_900, "1.00 M"],
    [1_940_000, "1.94 M"],
    [null, "–"],
  ])("%s in short is %s", (n, text) => expect(format.compact(n)).toBe(text));

  test("unknown is never zero", () => {
    for (const written of [
      format.count(null),
      format.percent(undefined),
      format.bytes(null),
      format.score(null),
    ])
      expect(written).toBe("–");
  });

  test("one is not many", () => {
    expect(format.plural(1, "trace")).toBe("1 trace");
    expect(format.plural(1200, "trace")).toBe("1,200 traces");
  });

  test("scores have two places, large whole ones none", () => {
    expect([0.5, 1, 1200, -0.25].map(format.score)).toEqual(["0.50", "1.00", "1,200", "−0.25"]);
  });
});

describe("times", () => {
  const now = new Date(2026, 10, 21, 12, 0, 0);

  test("say the day, and the year only when it is another", () => {
    expect(format.time(new Date(2026, 10, 20, 11, 59, 5), true, now)).toBe("20 Nov, 11:59:05");
    expect(format.day(new Date(2024, 0, 2), now)).toBe("2 Jan 2024");
  });

  test("name the day of a range once when it is one", () => {
    const from = new Date(2026, 10, 21, 9, 15);
    expect(format.span(from, new Date(2026, 10, 21, 10, 45), now)).toBe("21 Nov, 09:15 – 10:45");
    expect(format.span(from, new Date(2026, 10, 22, 1, 0), now)).toBe(
      "21 Nov, 09:15 – 22 Nov, 01:00",
    );
  });

  test("what cannot be read is unknown", () => {
    expect(format.time("yesterday-ish")).toBe("–");
    expect(format.ago(null)).toBe("–");
  });
});
