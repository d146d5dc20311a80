import { expect, test } from "vitest";
import { asKind, fileOf, freeId, freeName, type Panel, readFile } from "./model";
import { fileName } from "./picture";
import { readyMade } from "./readyMade";

const lines: Panel = {
  id: "a",
  title: "Calls",
  kind: "line",
  question: { scope: "spans", measures: ["count", "error_rate"], filter: 'kind = "llm"' },
  position: { x: 0, y: 0, w: 6, h: 4 },
  options: {},
};

test("a panel of another kind asks what that kind can draw, about the same rows", () => {
  const heat = asKind(lines, "heatmap");
  const table = asKind(
    { ...lines, question: { ...heat.question, scope: "spans" } as never },
    "table",
  );

  expect(heat.question).toMatchObject({ measures: ["histogram(duration_ms)"], scope: "spans" });
  expect(table.question).toMatchObject({ measures: ["count"], filter: 'kind = "llm"' });
  expect(asKind(lines, "figure").question?.measures).toEqual(["count"]);
  expect(asKind(lines, "text").question).toBeNull();
  expect(asKind(asKind(lines, "text"), "bar").question).toMatchObject({ measures: ["count"] });
});

test("a chart that is split shows one measure", () => {
  const split = { ...lines, question: { ...lines.question, group_by: ["model", "name"] } } as Panel;

  expect(asKind(split, "stacked").question).toMatchObject({
    measures: ["count"],
    group_by: ["model"],
  });
  expect(asKind(split, "table").question?.group_by).toEqual(["model", "name"]);
});

test("names and ids are given once", () => {
  expect(freeName("Night", ["Day"])).toBe("Night");
  expect(freeName("Night", ["Night", "Night 2"])).toBe("Night 3");
  expect(freeId([{ id: "panel-2" }])).toBe("panel-3");
  expect(fileName("Night watch (copy)")).toBe("night-watch-copy");
  expect(fileName("???")).toBe("dashboard");
});

test("the file of a dashboard is read again, and another file is refused in words", () => {
  const made = { name: "Night", description: "", refresh_s: 30, panels: [lines] };

  expect(readFile(fileOf(made))).toEqual(made);
  expect(() => readFile("no json")).toThrow("not JSON");
  expect(() => readFile('{"panels": 3}')).toThrow("no dashboard");
});

test("a clone of the ready-made board has its charts, four in a row, within what is allowed", () => {
  const { panels } = readyMade("Mine", ["helpful"]);

  expect(panels.length).toBeGreaterThan(16);
  expect(panels.length).toBeLessThanOrEqual(30);
  expect(panels.map(({ title }) => title)).toContain("Cost by model");
  expect(panels.at(-1)).toMatchObject({ title: "helpful", options: { unit: "score" } });
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(panels[5]?.position).toEqual({ x: 3, y: 4, w: 3, h: 4 });
  for (const { question } of panels) expect(question?.measures.length).toBeGreaterThan(0);
});
