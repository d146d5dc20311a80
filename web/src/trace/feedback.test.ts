import { describe, expect, it } from "vitest";
import { at, makeSpan } from "./factory";
import { feedbackBlock, givenByPeople } from "./feedback";
import type { Score, Trace } from "./model";
import { buildTree } from "./tree";

const span = makeSpan("agent", { from: 0, to: 1000 });
const tree = buildTree([span]);

function score(choice: Partial<Score>): Score {
  return {
    id: "s1",
    project: "demo",
    name: "helpful",
    value: null,
    label: null,
    comment: null,
    source: "end_user",
    trace_id: span.trace_id,
    span_id: null,
    session_id: null,
    created_at: at(41_000),
    ...choice,
  };
}

describe("feedback at the end of a conversation", () => {
  it("says from whom, how long after, and in which words", () => {
    const block = feedbackBlock(score({ value: 1, comment: "quick, thank you" }), tree);

    expect(block.text).toBe("from the user, 40 s later: “quick, thank you”");
    expect(block.icon).toBe("up");
    expect(block.node).toBe(tree.roots[0]);
  });

  it("names who signed in, and the label they chose", () => {
    const given = score({
      value: 0,
      label: "wrong",
      source: "human",
      identifier: "eva@shop.example",
    });

    expect(feedbackBlock(given, tree).text).toBe("wrong, from eva@shop.example, 40 s later");
    expect(feedbackBlock(given, tree).icon).toBe("down");
  });

  it("lists what people gave, once each and in their order, not what code or a judge gave", () => {
    const late = score({ id: "late", created_at: at(90_000) });
    const scores = [late, score({ id: "early" }), score({ id: "judged", source: "judge" })];
    const trace = { scores } as Trace;
    const seen = buildTree([{ ...span, scores: [late] }]);

    expect(givenByPeople(trace, seen).map((one) => one.id)).toEqual(["early", "late"]);
  });
});
