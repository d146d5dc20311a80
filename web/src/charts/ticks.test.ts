import { expect, test } from "vitest";
import { niceStep, timeTicks, valueTicks } from "./ticks";

const labels = (ticks: { label: string }[]) => ticks.map((tick) => tick.label);

test("counts above a thousand are in thousands, one precision for all", () => {
  expect(labels(valueTicks(1570, "count"))).toEqual(["0", "0.6 k", "1.2 k", "1.8 k"]);
});

test("counts are whole", () => {
  expect(labels(valueTicks(2, "count"))).toEqual(["0", "1", "2", "3"]);
});

test("durations take the unit that fits the largest", () => {
  expect(labels(valueTicks(27_000, "ms"))).toEqual(["0 s", "10 s", "20 s", "30 s"]);
  expect(labels(valueTicks(740, "ms"))).toEqual(["0 ms", "250 ms", "500 ms", "750 ms"]);
});

test("shares are in percent", () => {
  expect(labels(valueTicks(0.077, "share"))).toEqual(["0 %", "3 %", "6 %", "9 %"]);
});

test("money below a cent keeps the digits that tell its marks apart", () => {
  expect(labels(valueTicks(0.0042, "usd"))).toEqual(["$0", "$0.0015", "$0.0030", "$0.0045"]);
});

test("an axis without data still has marks", () => {
  expect(labels(valueTicks(0, "count"))).toEqual(["0", "1", "2", "3"]);
});

test("the greatest value is never above the last mark", () => {
  for (const max of [0.0007, 0.31, 1, 7, 29.999, 301, 999, 1001, 123_456, 9.9e8]) {
    expect(valueTicks(max, "count")[3]?.at).toBeGreaterThanOrEqual(max);
  }
});

test("a step that is already round stays", () => {
  expect(niceStep(0.5)).toBe(0.5);
  expect(niceStep(20)).toBe(20);
});

test("a week shows days, the last with its month", () => {
  const from = new Date(2026, 10, 14, 12).getTime();
  const to = new Date(2026, 10, 21, 12).getTime();

  expect(labels(timeTicks(from, to, 4))).toEqual(["15", "17", "19", "21 Nov"]);
});

test("a change of month is named", () => {
  const from = new Date(2026, 9, 28).getTime();
  const to = new Date(2026, 10, 5).getTime();

  expect(labels(timeTicks(from, to, 5))).toEqual(["28", "30", "1 Nov", "3", "5 Nov"]);
});

test("a day shows round clock times", () => {
  const from = new Date(2026, 10, 20, 13, 20).getTime();
  const to = new Date(2026, 10, 21, 13, 20).getTime();

  expect(labels(timeTicks(from, to, 4))).toEqual(["18:00", "00:00", "06:00", "12:00"]);
});

test("shares and scores end at 1, which is all there can be", () => {
  expect(valueTicks(1, "share").map(({ label }) => label)).toEqual([
    "0 %",
    "25 %",
    "50 %",
    "75 %",
    "100 %",
  ]);
  expect(valueTicks(0.97, "score").at(-1)).toEqual({ at: 1, label: "1" });
  expect(valueTicks(4.2, "score").at(-1)?.at).toBeGreaterThan(4.2);
});
