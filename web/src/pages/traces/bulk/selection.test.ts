import { describe, expect, it } from "vitest";
import type { Row } from "../rows";
import { howMany, selectedTraces, tagsOf } from "./selection";

const row = (traceId: string | null, project = "shop", tags: string[] = []) =>
  ({ traceId, project, tags }) as unknown as Row;

describe("the traces of ticked rows", () => {
  it("are named once each, by project, though several of their spans are ticked", () => {
    const rows = [row("a"), row("a"), row("b"), row("c", "desk"), row(null)];

    expect(selectedTraces(rows)).toEqual([
      { project: "shop", trace_ids: ["a", "b"] },
      { project: "desk", trace_ids: ["c"] },
    ]);
  });

  it("come in pieces that one request may name", () => {
    const selected = selectedTraces(Array.from({ length: 2500 }, (_, at) => row(`t${at}`)));

    expect(selected.map((one) => one.trace_ids.length)).toEqual([1000, 1000, 500]);
    expect(howMany(selected)).toBe(2500);
  });

  it("have tags, those of most rows first", () => {
    const rows = [row("a", "shop", ["web", "new"]), row("b", "shop", ["web"])];

    expect(tagsOf(rows)).toEqual([
      { tag: "web", count: 2 },
      { tag: "new", count: 1 },
    ]);
  });
});
