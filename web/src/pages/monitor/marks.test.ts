import { expect, test } from "vitest";
import { markOf } from "./marks";

const WEEK = { kind: "relative", span: "7d" } as const;
const AT = "2026-11-20T12:04:00.000000Z";

test("a release leads to its traces", () => {
  const mark = markOf("shop", WEEK, {
    kind: "release",
    name: "2.14.0",
    version: null,
    first_seen_at: AT,
  });

  expect([mark.name, mark.at]).toEqual(["Release 2.14.0", Date.parse(AT)]);
  expect(mark.link.search).toMatchObject({ chips: 'release = "2.14.0"', range: "7d" });
});

test("a version of a prompt leads to the spans that used it", () => {
  const found = { kind: "prompt", name: "answer", first_seen_at: AT } as const;
  const second = markOf("shop", WEEK, { ...found, version: "2" });
  const plain = markOf("shop", WEEK, { ...found, version: null });

  expect([second.name, plain.name]).toEqual(["Prompt answer, version 2", "Prompt answer"]);
  expect(second.link.search).toMatchObject({
    scope: "spans",
    chips: 'prompt.name = "answer" and prompt.version = "2"',
  });
});
