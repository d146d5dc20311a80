import { expect, test } from "vitest";
import type { Span } from "../../api/types";
import { errorGroups } from "./errors";
import { failedSo, literal } from "./filters";

const failed = (error_type: string | null, name: string, start_time: string) =>
  ({
    error_type,
    name,
    start_time,
    kind: "tool",
    span_id: `${name} ${start_time}`,
    parent_span_id: null,
    status_message: `at ${start_time}`,
    trace_id: start_time,
  }) as Span;

test("failures of one kind in one place are one group, told by the newest", () => {
  const groups = errorGroups(
    [
      failed("TimeoutError", "get_order", "12:03"),
      failed("RateLimitError", "answer", "12:02"),
      failed("TimeoutError", "get_order", "12:01"),
      failed("TimeoutError", "search", "12:00"),
    ],
    undefined,
  );

  expect(groups.map(({ type, place, lastSeen }) => [type, place, lastSeen])).toEqual([
    ["TimeoutError", "get_order", "12:03"],
    ["RateLimitError", "answer", "12:02"],
    ["TimeoutError", "search", "12:00"],
  ]);
});

test("counts are those of the whole range, unknown where the answer has none", () => {
  const counts = {
    interval: null,
    truncated: false,
    series: [{ group: { error_type: null, name: "answer" }, points: [{ time: null, count: 41 }] }],
  };

  const groups = errorGroups([failed(null, "answer", "12:03"), failed("E", "b", "12:02")], counts);

  expect(groups.map((group) => group.count)).toEqual([41, null]);
});

test("a failure that a parent hands on is shown where it began", () => {
  const child = {
    ...failed("TimeoutError", "get_order", "12:01"),
    span_id: "c",
    parent_span_id: "p",
  };
  const parent = { ...failed("TimeoutError", "answer", "12:02"), span_id: "p", parent_span_id: "" };

  const groups = errorGroups(
    [
      { ...parent, trace_id: "t" },
      { ...child, trace_id: "t" },
    ],
    undefined,
  );

  expect(groups.map((group) => group.place)).toEqual(["get_order"]);
});

test("a type loses its modules, a message the type it repeats", () => {
  const span = {
    ...failed("openai.RateLimitError", "chat", "12:01"),
    status_message: "RateLimitError: slow down",
  };

  expect(errorGroups([span], undefined)[0]).toMatchObject({
    shortType: "RateLimitError",
    message: "slow down",
  });
});

test("a name with quotes stays one text of the filter", () => {
  expect(literal('say "hi" \\o/')).toBe('"say \\"hi\\" \\\\o/"');
  expect(failedSo(null, "answer")).toBe('any(span: status = "error" and name = "answer")');
});
