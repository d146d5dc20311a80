import { expect, it } from "vitest";
import { agreementOf, rangeOf } from "./agreement";

const said = (trace: string, value: number | null, label: string | null = null) => ({
  trace_id: trace,
  span_id: null,
  value,
  label,
});

it("counts the verdicts that people gave too, by the side of one half or by the label", () => {
  const verdicts = [said("a", 1), said("b", 0.2), said("c", null, "polite"), said("d", 1)];
  const people = [said("a", 0.8), said("b", 1), said("c", null, "polite"), said("x", 1)];

  expect(agreementOf(verdicts, people)).toEqual({ both: 3, same: 2 });
});

it("says how far a share can be trusted, within 0 and 1", () => {
  const [low, high] = rangeOf({ both: 12, same: 10 });
  expect([low.toFixed(3), high.toFixed(3)]).toEqual(["0.552", "0.953"]);
  expect(rangeOf({ both: 3, same: 3 })[1]).toBeCloseTo(1);
});
