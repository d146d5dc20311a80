import { describe, expect, test } from "vitest";
import type { MetricsAnswer, Score, Trace } from "../../api/types";
import { shortType } from "../../errorText";
import { columnOf, defaultColumns, possibleColumns } from "./columns";
import { layoutOf, reordered } from "./layout";
import { metadataAt, metadataPaths, type Row, rowOf, scoreNames, thumbNames } from "./rows";
import {
  filterOf,
  isEdited,
  narrowed,
  ORDERS,
  openedView,
  readState,
  SCOPES,
  viewState,
  widened,
  withinADay,
} from "./state";
import { barsOf, brushed, heightOf, niceCount, niceMax, timeTicks } from "./strip";
import { withRow } from "./useTail";

function score(name: string, value: number, source: Score["source"] = "judge"): Score {
  return {
    id: name,
    project: "p",
    name,
    value,
    label: null,
    comment: null,
    source,
    trace_id: "1",
    span_id: null,
    session_id: null,
    created_at: "2026-11-21T10:00:00Z",
  };
}

function row(id: string, start: string, more: Partial<Row> = {}): Row {
  const trace = { trace_id: id, project: "p", name: id, start_time: start, status: "ok" };
  return { ...rowOf("traces", trace as unknown as Trace), ...more };
}

describe("the address", () => {
  test("is read as far as it makes sense", () => {
    const state = readState({
      scope: "moons",
      order: "-moon",
      chart: "pie",
      cols: "start,,start,name",
    });
    expect(state).toMatchObject({ scope: "traces", measure: "count", columns: ["start", "name"] });
    expect(state.sorting).toEqual({ field: "start_time", descending: true });
  });

  test("joins bar and chips", () => {
    const state = readState({ filter: 'a = "1" or b = "2"', chips: 'status = "error"' });
    expect(filterOf(state)).toBe('(a = "1" or b = "2") and status = "error"');
  });

  test("keeps what was around a brush, also when it is brushed again, and widens back to it", () => {
    const first = narrowed(readState({ range: "7d" }), 0, 3_600_000);
    expect(first).toMatchObject({ around: "7d", from: "1970-01-01T00:00:00.000Z" });
    const second = narrowed(readState(first), 0, 60_000);
    expect(second.around).toBe("7d");
    expect(widened(readState(second))).toMatchObject({
      range: "7d",
      around: undefined,
      from: undefined,
    });
  });

  test("says whether a view was edited", () => {
    const search = { filter: 'a = "1"', cols: "start,name", range: "7d" };
    const saved = viewState(search);
    expect(saved).toEqual({ filter: 'a = "1"', cols: "start,name" });
    expect(isEdited(search, saved)).toBe(false);
    expect(isEdited({ ...search, order: "duration_ms" }, saved)).toBe(true);
    expect(openedView("7", saved)).toMatchObject({
      view: "7",
      filter: 'a = "1"',
      order: undefined,
    });
  });

  test("leaves the day out where the clock is enough", () => {
    const from = "2026-11-21T00:00:00Z";
    expect(withinADay({ from, to: "2026-11-21T23:00:00Z" }, 0)).toBe(true);
    expect(withinADay({ from, to: "2026-11-23T00:00:00Z" }, 0)).toBe(false);
    expect(withinADay({}, 0)).toBe(false);
  });
});

describe("columns", () => {
  test("exist for every id that is offered, and order by what the address may say", () => {
    for (const scope of SCOPES)
      for (const id of [
        ...possibleColumns(scope, ["s"], ["a.b"]),
        ...defaultColumns(scope, ["s"]),
      ]) {
        const column = columnOf(id, scope, true);
        expect(column, `${scope} ${id}`).not.toBeNull();
        if (column?.order) expect(ORDERS).toContain(column.order);
      }
    expect(columnOf("moon", "traces", true)).toBeNull();
  });

  test("grow unless they are pinned", () => {
    const columns = ["start", "input"]
      .map((id) => columnOf(id, "traces", true))
      .filter((c) => c !== null);
    expect(layoutOf(columns, new Set()).template).toContain("minmax");
    const pinned = layoutOf(columns, new Set(["input"]));
    expect(pinned.template).toContain("1fr 12px");
    expect(pinned.pins.get("input")).toEqual({ position: "sticky", left: 38 });
  });

  test("are moved to where they are dropped", () => {
    expect(reordered(["a", "b", "c"], "a", "c")).toEqual(["b", "c", "a"]);
    expect(reordered(["a", "b", "c"], "c", "a")).toEqual(["c", "a", "b"]);
    expect(reordered(["a", "b"], "x", "a")).toEqual(["a", "b"]);
  });

  test("name an error by its class", () => {
    expect(shortType("pydantic_core._pydantic_core.ValidationError")).toBe("ValidationError");
    expect(shortType("429 Too Many Requests")).toBe("429 Too Many Requests");
    expect(shortType(null)).toBeNull();
  });
});

describe("rows", () => {
  test("say which scores and metadata there are", () => {
    const a = row("a", "1", {
      scores: new Map([["x", score("x", 0.5)]]),
      metadata: { k: { l: 1 }, m: "n" },
    });
    const b = row("b", "2", {
      scores: new Map([
        ["helpful", score("helpful", 1, "end_user")],
        ["x", score("x", 1)],
      ]),
    });
    expect(scoreNames([a, b])).toEqual(["x", "helpful"]);
    expect([...thumbNames([a, b])]).toEqual(["helpful"]);
    expect(metadataPaths([a, b])).toEqual(["k.l", "m"]);
    expect(metadataAt({ "k.l": "flat", k: { l: "deep" } }, "k.l")).toBe("flat");
    expect(metadataAt({ k: { l: 1 } }, "k.l")).toBe("1");
    expect(metadataAt({}, "k.l")).toBeNull();
  });

  test("that arrive live take their place, and replace what they were", () => {
    const page = { rows: [row("c", "2026-3"), row("a", "2026-1")], next: null, tookMs: 1 };
    const data = { pages: [page], pageParams: [""] };
    const after = withRow(withRow(data, row("b", "2026-2")), row("a", "2026-4"));
    expect(after.pages[0]?.rows.map((one) => one.name)).toEqual(["a", "c", "b"]);
  });
});

describe("the strip", () => {
  const window = { from: 0, to: 3_600_000 };
  const answer: MetricsAnswer = {
    interval: "10m",
    truncated: false,
    series: [{ group: {}, points: [{ time: "1970-01-01T00:10:00Z", count: 5, error_count: 2 }] }],
  };

  test("has a bar for each interval, empty ones included", () => {
    const bars = barsOf(answer, "count", window, 600_000);
    expect(bars).toHaveLength(6);
    expect(bars.map((bar) => heightOf(bar, "count"))).toEqual([0, 5, 0, 0, 0, 0]);
    expect(bars[1]).toMatchObject({ ok: 3, error: 2 });
  });

  test("has round figures on its axis", () => {
    expect([niceMax(0), niceMax(63), niceMax(0.31), niceMax(1000)]).toEqual([1, 70, 0.4, 1000]);
    expect([niceCount(0), niceCount(1), niceCount(23), niceCount(5)]).toEqual([2, 2, 24, 6]);
  });

  test("marks round times", () => {
    const ticks = timeTicks({ from: 90_000, to: 3_600_000 * 2 }, 5);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.every((tick) => tick.at % 1_800_000 === 0)).toBe(true);
  });

  test("is brushed in either direction, within itself, and never to nothing", () => {
    expect(brushed(window, 2_000_000, 1_000_000, 600_000)).toEqual({
      from: 1_000_000,
      to: 2_000_000,
    });
    expect(brushed(window, -5, 9e9, 600_000)).toEqual(window);
    expect(brushed(window, 1_000_000, 1_000_000, 600_000).to).toBe(1_150_000);
  });
});
