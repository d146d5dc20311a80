import { expect, test } from "vitest";
import { readState } from "../traces/state";
import { CHARTS, measuresOf, splitMeasuresOf } from "./board";
import { intervalName, intervalsFor, readInterval } from "./intervals";
import { rowsBehind } from "./links";
import { type Asked, bodyOf, groupedPart, wholePart } from "./questions";
import { conditionOf, readSplit } from "./splits";

const DAY = 86_400_000;
const asked: Asked = {
  project: "demo",
  from: "2026-11-20T00:00:00.000Z",
  to: "2026-11-21T00:00:00.000Z",
  interval: { name: "30m", ms: DAY / 48 },
  filter: "",
  split: null,
  compare: true,
};

test("one filter means the same traces for charts of traces and of calls", () => {
  const filter = 'environment = "production" or user_id = "u-7"';

  const filters = (["traces", "calls"] as const).map(
    (source) => wholePart(source, { ...asked, filter }).charts.totals?.filter,
  );

  expect(filters).toEqual([filter, `kind = "llm" and any(trace: ${filter})`]);
});

test("every chart's figure and lines are asked for", () => {
  for (const { source, figure, lines } of CHARTS)
    expect(measuresOf(source)).toEqual(
      expect.arrayContaining([figure, ...lines.map(({ measure }) => measure)]),
    );
  expect(splitMeasuresOf("traces")[0]).toBe("count");
});

test("only the whole is compared with the period before, and what is split is not asked whole", () => {
  const split = readSplit("user_id");

  const whole = wholePart("traces", { ...asked, split });

  expect(bodyOf(whole).compare).toBe("previous");
  expect(Object.keys(whole.charts)).toEqual(["totals"]);
  expect(bodyOf(groupedPart({ ...asked, split })).compare).toBeUndefined();
});

test("what only the trace says is asked of the trace of a call", () => {
  const split = readSplit("tags");

  const { charts } = groupedPart({ ...asked, split });

  expect(charts.traces?.group_by).toEqual(["tags"]);
  expect(charts.calls?.group_by).toEqual(["trace.tags"]);
  expect(conditionOf("trace.tags", "web")).toEqual({
    kind: "other",
    text: 'any(trace: tags has "web")',
  });
});

test.each([
  [undefined, null],
  ["nonsense", null],
  ["metadata.", null],
  ["tags", "tags"],
  ["metadata.customer.tier", "metadata.customer.tier"],
  ["metadata.customer tier", 'metadata."customer tier"'],
])("an address that says split=%s means %s", (text, field) => {
  expect(readSplit(text)?.field ?? null).toBe(field);
});

test("the interval is one that the time can be cut into", () => {
  expect(readInterval("1s", 0, 7 * DAY).name).toBe("2h");
  expect(readInterval("1h", 0, 7 * DAY).name).toBe("1h");
  expect(intervalsFor(0, DAY).map(intervalName)).toEqual([
    "5 min",
    "10 min",
    "15 min",
    "30 min",
    "1 h",
    "2 h",
    "6 h",
    "12 h",
  ]);
});

test("a group of calls leads to its spans in the traces that the page is about", () => {
  const state = readState({ filter: 'environment = "production"', chips: 'user_id = "u-7"' });
  const conditions = [conditionOf("model", null)];

  const { search } = rowsBehind("demo", state, state.range, { source: "calls", conditions });

  expect(search).toMatchObject({
    scope: "spans",
    filter: 'any(trace: (environment = "production") and user_id = "u-7")',
    chips: 'kind = "llm" and model not exists',
  });
});
