import { expect, test } from "vitest";
import { localTarget } from "./localTarget";

test("a page of this server is gone back to", () => {
  expect(localTarget("/p/demo/traces?range=7d")).toBe("/p/demo/traces?range=7d");
});

test.each([
  undefined,
  "",
  "https://evil.example",
  "//evil.example",
  "/\\evil.example",
  "/signin?next=/",
])("%s leads to the start", (next) => {
  expect(localTarget(next)).toBe("/");
});
