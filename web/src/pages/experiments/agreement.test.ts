import { expect, test } from "vitest";
import type { Experiment, ExperimentRow } from "../../api/evaluation";
import { type Disagreement, earlierOf, giversIn, inCell, thresholdOf } from "./agreement";

const rows = [
  {
    runs: {
      one: [
        {
          scores: [
            { name: "length", source: "code", value: 12 },
            { name: "correct", source: "judge", value: 0.7 },
            { name: "ok", source: "human", value: 1 },
          ],
        },
      ],
    },
  },
] as unknown as ExperimentRow[];

test("judges and people are told apart by who gave the scores", () => {
  const givers = giversIn(rows);
  expect(givers.judges).toEqual(["correct", "length"]);
  expect(givers.people).toEqual(["ok"]);
});

test("grades are compared by whether they pass, a yes or no as it is", () => {
  const givers = giversIn(rows);
  expect(thresholdOf(undefined, givers, ["correct", "ok"])).toBe(0.5);
  expect(thresholdOf(undefined, givers, ["ok"])).toBeUndefined();
  expect(thresholdOf("0.8", givers, ["correct", "ok"])).toBe(0.8);
  expect(thresholdOf("none", givers, ["correct"])).toBeUndefined();
});

test("a cell of the matrix narrows what there is to read", () => {
  const all = [
    { human: "1", judge: "0" },
    { human: "0", judge: "1" },
  ] as Disagreement[];
  expect(inCell(all, "1/0")).toEqual([all[0]]);
  expect(inCell(all, undefined)).toHaveLength(2);
});

test("only what began before and has both scores can tell whether the agreement fell", () => {
  const experiment = (id: string, created_at: string, ...names: string[]) =>
    ({ id, created_at, stats: { scores: names.map((name) => ({ name })) } }) as Experiment;
  const now = experiment("now", "2026-03", "judge", "ok");
  const all = [
    now,
    experiment("later", "2026-04", "judge", "ok"),
    experiment("before", "2026-02", "judge", "ok"),
    experiment("unread", "2026-01", "judge"),
  ];
  expect(earlierOf(now, all, ["judge", "ok"]).map((one) => one.id)).toEqual(["before"]);
});
