import { expect, test } from "vitest";
import type { MetricsAnswer } from "../../../api/types";
import type { Asked } from "../questions";
import { readSplit } from "../splits";
import type { Panel, PanelKind } from "./model";
import {
  bucketName,
  bucketsOf,
  chartData,
  fieldOf,
  heatData,
  measureName,
  panelFigure,
  tableRows,
  unitOf,
} from "./panelData";
import { behindOf, chartsOf, intervalOf, splitOf } from "./panelQuestions";

const HOUR = 3_600_000;
const AT = Date.UTC(2026, 10, 21, 9);
const iso = (hours: number) => new Date(AT + hours * HOUR).toISOString();

const asked: Asked = {
  project: "demo",
  from: iso(0),
  to: iso(6),
  interval: { name: "1h", ms: HOUR },
  filter: "",
  split: null,
  compare: true,
};

function panel(kind: PanelKind, question: Partial<Panel["question"]> = {}): Panel {
  return {
    id: "p",
    title: "",
    kind,
    question: { scope: "traces", measures: ["count"], ...question },
    position: { x: 0, y: 0, w: 6, h: 4 },
    options: {},
  };
}

const answer = (series: MetricsAnswer["series"], more: Partial<MetricsAnswer> = {}) => ({
  interval: "1h",
  truncated: false,
  series,
  ...more,
});

test("the filter of the page holds beside that of the panel, over spans for their traces", () => {
  const page = { ...asked, filter: 'environment = "production"' };
  const ofSpans = panel("line", { scope: "spans", filter: 'kind = "llm" or kind = "tool"' });

  expect(chartsOf(panel("line"), page).p?.filter).toBe('environment = "production"');
  expect(chartsOf(ofSpans, page).p?.filter).toBe(
    '(any(trace: environment = "production")) and (kind = "llm" or kind = "tool")',
  );
});

test("each kind asks what it draws", () => {
  expect(chartsOf(panel("line"), asked).p).toMatchObject({ interval: "1h", compare: "previous" });
  expect(chartsOf(panel("table", { group_by: ["model"] }), asked).p).toMatchObject({ limit: 10 });
  expect(chartsOf(panel("table"), asked).p).not.toHaveProperty("interval");
  expect(Object.keys(chartsOf(panel("figure"), asked))).toEqual(["p", "p lines"]);
  expect(chartsOf({ ...panel("text"), question: null }, asked)).toEqual({});
});

test("the split of the page holds where a chart has none of its own", () => {
  const page = { ...asked, split: readSplit("user_id") };
  const own = panel("line", { group_by: ["trace.tags"], measures: ["count"] });

  expect(splitOf(panel("line", { scope: "spans" }), page.split)?.field).toBe("trace.user_id");
  expect(splitOf(own, page.split)).toEqual({ field: "trace.tags", label: "tags" });
  expect(splitOf(panel("figure"), page.split)).toBeNull();
  expect(
    chartsOf(panel("line", { measures: ["p50(duration_ms)", "count"] }), page).p,
  ).toMatchObject({ measures: ["p50(duration_ms)"], group_by: ["user_id"], other: true });
});

test("an interval of the panel is used where it suits the time", () => {
  expect(intervalOf(panel("line", { interval: "15m" }), asked).name).toBe("15m");
  expect(intervalOf(panel("line", { interval: "1d" }), asked).name).toBe("1h");
  expect(intervalOf(panel("line", { interval: "1s" }), asked).name).toBe("1h");
});

test("a comparison may be another one than that of the page, and is off with it", () => {
  const weekly = panel("figure", { compare: "1w" });

  expect(chartsOf(weekly, asked).p?.compare).toBe("1w");
  expect(chartsOf(weekly, { ...asked, compare: false }).p?.compare).toBeNull();
  expect(chartsOf(panel("line", { compare: null }), asked).p?.compare).toBeNull();
});

test("the way to the rows keeps the panel's filter, the failed ones, and the slowest first", () => {
  expect(behindOf(panel("line", { measures: ["p95(duration_ms)"], scope: "spans" }))).toEqual({
    source: "tools",
    narrowing: undefined,
    order: "-duration_ms",
  });
  expect(behindOf(panel("line", { measures: ["error_rate"], filter: 'name = "a"' }))).toMatchObject(
    {
      source: "traces",
      narrowing: '(name = "a") and (status = "error")',
    },
  );
});

test.each([
  ["count", "count", "count"],
  ["p95(duration_ms)", "ms", "p95 duration"],
  ["error_rate", "share", "share failed"],
  ["sum(cost.total) / count", "usd", "sum(cost.total) / count"],
  ["sum(usage.total_tokens) / count", "mean", "sum(usage.total_tokens) / count"],
  ["avg(scores.helpful)", "score", "avg helpful"],
  ["uniq(user_id)", "count", "users"],
  ["tokens_per_second", "speed", "output speed"],
  ["share(streaming = true)", "share", "share(streaming = true)"],
])("%s is measured in %s and called %s", (measure, unit, name) => {
  expect(unitOf(measure)).toBe(unit);
  expect(measureName(measure)).toBe(name);
});

test("percentiles keep their colours beside other measures, and no two lines share one", () => {
  const measures = ["avg(duration_ms)", "p50(duration_ms)", "p95(duration_ms)", "p95(cost.total)"];
  const { series } = chartData(panel("line", { measures }), answer([]), asked, Date.now());

  expect(series.map(({ token }) => token)).toEqual(["s2", "s1", "s3", "s4"]);
});

test("bars of several groups stand beside each other, of one measure alone", () => {
  const points = [{ time: iso(1), count: 4 }];
  const groups = [
    { group: { model: "a" }, points },
    { group: { model: "b" }, points },
  ];
  const split = panel("bar", { group_by: ["model"] });

  expect(chartData(split, answer(groups), asked, Date.now()).beside).toBe(true);
  expect(chartData(panel("bar"), answer([{ group: {}, points }]), asked, Date.now())).toMatchObject(
    {
      stacked: true,
      series: [{ values: [0, 4, 0, 0, 0, 0] }],
    },
  );
  const area = chartData(panel("area"), answer([{ group: {}, points }]), asked, Date.now());
  expect(area.series[0]?.filled).toBe(true);
});

test("a heat map has a row for each bucket that something fell in, from the smallest up", () => {
  const measure = "histogram(duration_ms)";
  const bucket = (from: number, count: number) => ({ from, to: from * 2, count });
  const points = [
    { time: iso(0), [measure]: [bucket(1000, 2)] },
    { time: iso(2), [measure]: [bucket(500, 1), bucket(1000, 5), bucket(4000, 1)] },
  ];

  const data = heatData(
    panel("heatmap", { measures: [measure] }),
    answer([{ group: {}, points }]),
    asked,
  );

  expect(data.heat).toEqual(["500 ms", "1.00 s", "2.00 s", "4.00 s"]);
  expect(data.series.map(({ label }) => label).slice(1, 3)).toEqual([
    "1.00 s – 2.00 s",
    "2.00 s – 4.00 s", // nothing fell in it, and yet it is there
  ]);
  expect(data.series[1]?.values).toEqual([2, 0, 5, 0, 0, 0]);
});

test("buckets of all time, groups of a table and a figure are told in their units", () => {
  const measure = "histogram(duration_ms)";
  const counted = [{ from: 200, to: 500, count: 3 }];
  const table = panel("table", { group_by: ["model"], measures: ["count", "p95(duration_ms)"] });
  const rows = [
    { group: { model: "a" }, points: [{ time: null, count: 1200, "p95(duration_ms)": 900 }] },
  ];
  const was = {
    from: iso(-6),
    to: iso(0),
    series: [{ group: {}, points: [{ time: null, count: 4 }] }],
  };
  const now = answer([{ group: {}, points: [{ time: null, count: 6 }] }], { previous: was });

  expect(
    bucketsOf(answer([{ group: {}, points: [{ time: null, [measure]: counted }] }]), measure),
  ).toEqual(counted);
  expect(bucketsOf(answer([]), measure)).toEqual([]);
  expect(fieldOf("histogram(duration_ms, 50)")).toBe("duration_ms");
  expect(bucketName({ from: 200, to: 500 }, "ms")).toBe("200 ms – 500 ms");
  expect(tableRows(table, answer(rows))[0]?.values).toEqual(["1,200", "900 ms"]);
  expect(panelFigure(panel("figure"), now, undefined, asked)).toMatchObject({
    figure: ["6", ""],
    change: { text: "+50 %", words: "up 50 % on the 6 hours before" },
    course: [],
  });
});
