import { expect, test } from "vitest";
import { groupOf } from "./days";
import { python } from "./python";
import { briefly, bytes, seconds } from "./words";

test("times and sizes have units", () => {
  expect([20, 430, 61_500].map(seconds)).toEqual(["<0.1 s", "0.4 s", "1 min 2 s"]);
  expect([12, 1500, 2_500_000].map(bytes)).toEqual(["12 B", "2 kB", "2.5 MB"]);
});

test("arguments of a tool are told in words", () => {
  expect(briefly('{"order":48213}')).toBe("48213");
  expect(briefly('{"order":48213,"year":2026}')).toBe("order 48213, year 2026");
  expect(briefly("damaged on arrival")).toBe("damaged on arrival");
  expect(briefly(undefined)).toBe("");
});

test("conversations stand under the day they were", () => {
  const now = new Date("2026-11-22T12:00:00");
  const days = [0, 1, 3, 20, 100].map((day) => {
    const then = new Date(now);
    then.setDate(then.getDate() - day);
    return groupOf(then.toISOString(), now);
  });

  expect(days).toEqual(["Today", "Yesterday", "Last week", "Last month", "Older"]);
});

test("JSON becomes Python outside of its texts alone", () => {
  expect(python({ a: true, b: null, c: "true null" }).replace(/\s+/g, " ")).toBe(
    '{ "a": True, "b": None, "c": "true null" }',
  );
});
