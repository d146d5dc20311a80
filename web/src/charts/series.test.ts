import { expect, test } from "vitest";
import { namesInLegend, sentenceOf } from "./series";

test("a chart says its range and the last known value of each line", () => {
  const data = {
    starts: [0, 1, 2],
    interval: { name: "1h", ms: 1 },
    unit: "count" as const,
    series: [
      { key: "a", label: "traces", token: "s1", values: [3, 5, null] },
      { key: "b", label: "errors", token: "err-fill", values: [null, null, null] },
    ],
  };

  expect(sentenceOf("Traces", data, "14 Nov – 21 Nov", String)).toBe(
    "Traces, 14 Nov – 21 Nov. Last: traces 5, errors unknown.",
  );
});

test("a legend names as many as there is room for", () => {
  expect(namesInLegend(["p99", "p95", "p50", "p10"])).toBe(3);
  expect(namesInLegend(["claude-sonnet-4-5", "gpt-5-mini", "claude-haiku-4-5"])).toBe(2);
  expect(namesInLegend(["x".repeat(2000)])).toBe(1);
});
