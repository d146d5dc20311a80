import { expect, test } from "vitest";
import { csvOf, jsonOf } from "./exported";

const data = {
  starts: [0, 3_600_000],
  interval: { name: "1h", ms: 3_600_000 },
  unit: "ms" as const,
  series: [
    { key: "p50", label: "p50", token: "s1", values: [1.25, null] },
    { key: "odd", label: '=a,"b"', token: "s2", values: [3, 4] },
  ],
};

test("a chart as CSV has a row an interval; gaps are empty, and no name is a formula", () => {
  expect(csvOf(data)).toBe(
    'start,p50,"\'=a,""b"""\r\n1970-01-01T00:00:00.000Z,1.25,3\r\n1970-01-01T01:00:00.000Z,,4\r\n',
  );
});

test("a chart as JSON tells gaps as null", () => {
  expect(JSON.parse(jsonOf(data))).toEqual({
    interval: "1h",
    points: [
      { start: "1970-01-01T00:00:00.000Z", p50: 1.25, '=a,"b"': 3 },
      { start: "1970-01-01T01:00:00.000Z", p50: null, '=a,"b"': 4 },
    ],
  });
});
