import { expect, test } from "vitest";
import { neighboursOf } from "./openedFrom";

const list = { project: "p", ids: ["a", "b", "c"], total: 291, href: "" };

test("a trace knows its place in the list it was opened from", () => {
  expect(neighboursOf(list, "b")).toEqual({ position: 2, total: 291, before: "a", after: "c" });
  expect(neighboursOf(list, "a")?.before).toBeNull();
  expect(neighboursOf(list, "z")).toBeNull();
  expect(neighboursOf(null, "a")).toBeNull();
});
