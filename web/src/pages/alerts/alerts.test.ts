import { expect, test } from "vitest";
import type { Alert, AlertEvent, Condition, Preview } from "../../api/alerts";
import { ApiError } from "../../api/client";
import { chartOf } from "./chart";
import { askedOf, askProblem, draftOf, fieldOf, NEW_DRAFT, splitOf } from "./draft";
import { type Episode, episodesOf } from "./episodes";
import { boundsText } from "./measures";
import { byUrgency, isShown, standingOf } from "./standing";

const CONDITION: Condition = {
  kind: "threshold",
  direction: "above",
  unit: "percent",
  season: "week",
  periods: 4,
  warn: { bound: 0.05, recover: 0.04 },
  alert: { bound: 0.1, recover: null },
};

const GROUP = { group: null, level: "ok", opened_at: null, value: 1, figure: 1, expected: null };

function rule(fields: Partial<Alert> = {}): Alert {
  return {
    id: "r",
    project: "p",
    name: "Errors",
    enabled: true,
    scope: "traces",
    measure: "error_rate",
    filter: "",
    group_by: null,
    limit: 10,
    window: "15m",
    condition: CONDITION,
    for_minutes: 5,
    remind_minutes: 0,
    channels: ["c"],
    muted_until: null,
    state: "ok",
    in_maintenance: false,
    error: null,
    error_at: null,
    evaluated_at: null,
    open_count: 0,
    last_notified_at: null,
    groups: [GROUP as Alert["groups"][number]],
    created_by: null,
    created_at: "2026-11-01T00:00:00Z",
    updated_at: "2026-11-01T00:00:00Z",
    ...fields,
  };
}

test("a rule is read into the form and sent back as it was, shares in per cent between", () => {
  const draft = draftOf(rule());

  expect([draft.warn, draft.warnRecover, draft.alert, draft.alertRecover]).toEqual([
    "5",
    "4",
    "10",
    "",
  ]);
  expect(askedOf(draft)).toMatchObject({ condition: CONDITION, for_minutes: 5, remind_minutes: 0 });
});

test.each([
  [{}, "Give a bound: of a warning, an alert, or both."],
  [{ alert: "ten" }, "Bounds are numbers."],
  [{ alert: "10", forMinutes: "1.5" }, "Minutes, weeks and groups are whole numbers."],
  [{ alert: "10", measure: " " }, "Say what is measured."],
  [{ alert: "0" }, null],
])("a form with %o says %s", (fields, problem) => {
  expect(askProblem({ ...NEW_DRAFT, ...fields })).toBe(problem);
});

test("what the server finds wrong belongs to the field that it names", () => {
  const refused = (parameter: string) =>
    fieldOf(new ApiError(400, "bad_request", "no", { parameter }));

  expect(refused("condition.alert")).toBe("alert");
  expect(refused("group_by")).toBe("groupBy");
  expect(refused("measures")).toBe("measure");
  expect(fieldOf(new ApiError(400, "bad_request", "no", { column: 3 }))).toBeNull();
});

test("a split that the menu does not offer stays as it was", () => {
  expect(splitOf("trace.user_id", "spans")?.label).toBe("user");
  expect(splitOf("trace.metadata.tier", "spans")?.field).toBe("metadata.tier");
  expect(splitOf("session_id", "traces")?.field).toBe("session_id");
});

test("open episodes come first, the newest on top; then what cannot be told", () => {
  const open = (name: string, opened_at: string) =>
    rule({
      name,
      state: "alert",
      open_count: 1,
      groups: [{ ...GROUP, level: "alert", opened_at }],
    });
  const rules = [
    rule({ name: "calm" }),
    rule({ name: "broken", state: "error" }),
    open("old", "2026-11-01T00:00:00Z"),
    rule({ name: "empty", groups: [] }),
    open("new", "2026-11-02T00:00:00Z"),
  ];

  const names = byUrgency(rules).map(({ name }) => name);

  expect(names).toEqual(["new", "old", "broken", "empty", "calm"]);
});

test("a rule that looked and found nothing has no data, and muted ones are found as such", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const muted = rule({ muted_until: "2026-11-22T13:00:00Z" });

  expect(standingOf(rule({ groups: [{ ...GROUP, level: "ok", value: null }] }))).toBe("nodata");
  expect(isShown(muted, "muted", now)).toBe(true);
  expect(isShown(rule({ muted_until: "2026-11-22T11:00:00Z" }), "muted", now)).toBe(false);
});

test("bounds are said in the unit of the measure", () => {
  expect(boundsText(CONDITION, "share")).toBe("alert ≥ 10.0 %, warn ≥ 5.0 %");
  expect(boundsText({ ...CONDITION, kind: "absence", warn: null }, "count")).toMatch(
    /without data$/,
  );
  const little = { ...CONDITION, alert: { bound: 0.5 }, warn: { bound: 0.0000125 } };
  expect(boundsText(little as typeof CONDITION, "usd")).toBe("alert ≥ $0.5000, warn ≥ $0.0000125");
});

function event(fields: Partial<AlertEvent>): AlertEvent {
  return {
    id: Math.random().toString(),
    at: "2026-11-22T12:00:00Z",
    kind: "raised",
    level: "alert",
    before: "ok",
    group: null,
    episode_id: "e",
    opened_at: "2026-11-22T11:00:00Z",
    value: 0.2,
    figure: 0.2,
    expected: null,
    silence: "",
    detail: null,
    deliveries: [],
    ...fields,
  };
}

test("what happened in an episode stands together, with the worst of it", () => {
  const events = [
    event({
      kind: "recovered",
      level: "ok",
      before: "warn",
      at: "2026-11-22T12:30:00Z",
      figure: 0,
    }),
    event({ id: "x", kind: "error", episode_id: null, detail: "gone" }),
    event({ kind: "lowered", level: "warn", before: "alert", value: 0.07, figure: 0.07 }),
    event({ value: 0.4, figure: 0.4 }),
  ];

  const [episode, other] = episodesOf(events, CONDITION) as [Episode, AlertEvent];

  expect(episode).toMatchObject({ endedAt: "2026-11-22T12:30:00Z", level: "alert", peak: 0.4 });
  expect(episode.events).toHaveLength(3);
  expect(other.detail).toBe("gone");
});

function preview(values: (number | null)[], fields: Partial<Preview> = {}): Preview {
  const points = values.map((value) => ({
    time: "2026-11-22T12:00:00Z",
    value,
    expected: 10,
    spread: 2,
    level: "ok" as const,
  }));
  return {
    from: "2026-11-22T11:00:00Z",
    to: "2026-11-22T12:00:00Z",
    step: "15m",
    groups: 1,
    evaluations: values.length,
    notifications: 0,
    episodes: [],
    episode_count: 0,
    series: [{ group: null, points }],
    ...fields,
  };
}

test("the chart has a line for each bound, and shades an open episode to its end", () => {
  const from = Date.parse("2026-11-22T11:45:00Z");

  const data = chartOf(preview([1, null, 3]), CONDITION, "share", [
    { level: "alert", from, to: null },
  ]);

  expect(data.series.map(({ label, values }) => [label, values])).toEqual([
    ["warn", [0.05, 0.05, 0.05]],
    ["alert", [0.1, 0.1, 0.1]],
    ["value", [1, null, 3]],
  ]);
  expect(data.starts[0]).toBe(Date.parse("2026-11-22T11:15:00Z"));
  expect(data.shades).toEqual([
    { from, to: Date.parse("2026-11-22T12:00:00Z"), token: "err-soft" },
  ]);
});

test("bounds of a change lie beside what is usual, on both sides where either is wrong", () => {
  const condition: Condition = {
    ...CONDITION,
    kind: "change",
    direction: "either",
    warn: null,
    alert: { bound: 50 },
  };

  const { series } = chartOf(preview([1]), condition, "count", []);

  expect(series.map(({ label, values }) => [label, values[0]])).toEqual([
    ["alert below", 5],
    ["alert above", 15],
    ["value", 1],
  ]);
  expect(series.at(-1)?.before).toEqual([10]);
});

test("bounds of an anomaly lie so many spreads beside what is usual, and none below zero", () => {
  const lines = (direction: Condition["direction"], bound: number) =>
    chartOf(
      preview([1, 2]),
      { ...CONDITION, kind: "anomaly", direction, warn: null, alert: { bound, recover: null } },
      "count",
      [],
    ).series.map(({ label, values }) => [label, values[0]]);

  expect(lines("either", 4).slice(0, 2)).toEqual([
    ["alert below", 2],
    ["alert above", 18],
  ]);
  expect(lines("below", 6)[0]).toEqual(["value", 1]);
});
