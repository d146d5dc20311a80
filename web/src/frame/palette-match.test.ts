import { expect, test } from "vitest";
import { matches, traceIdIn } from "./palette-match";

test("every word must occur, in any text and case", () => {
  expect(matches("get HELP", "Get started", "help, first trace")).toBe(true);
  expect(matches("users", "Traces")).toBe(false);
  expect(matches("", "anything")).toBe(true);
});

test("a trace id is found in what was pasted", () => {
  const id = "5b8efff798038103d269b633813fc60c";
  expect(traceIdIn(id.toUpperCase())).toBe(id);
  expect(traceIdIn(`http://host/p/demo/trace/${id}?layer=tree`)).toBe(id);
  expect(traceIdIn("5b8efff7-9803-8103-d269-b633813fc60c")).toBe(id);
  expect(traceIdIn("5b8efff7")).toBeNull();
});
