import { expect, test } from "vitest";
import { testTrace } from "./testTrace";

test("both spans carry the trace's id and the call hangs under the root", () => {
  const { traceId, body } = testTrace("my-app", 1_763_700_000_000);
  const spans = body.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];

  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(spans.map((span) => span.traceId)).toEqual([traceId, traceId]);
  expect(spans[1]).toHaveProperty("parentSpanId", spans[0]?.spanId);
});

test("times are whole nanoseconds written as text", () => {
  const span = testTrace("my-app", 1_763_700_000_000).body.resourceSpans[0]?.scopeSpans[0]
    ?.spans[0];

  expect(span?.endTimeUnixNano).toBe("1763700000000000000");
});

test("two test traces differ", () => {
  expect(testTrace("my-app", 1).traceId).not.toBe(testTrace("my-app", 1).traceId);
});
