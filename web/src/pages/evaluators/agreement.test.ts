import { expect, it } from "vitest";
import { agreementOf } from "./agreement";

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
