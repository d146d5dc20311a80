import { expect, test } from "vitest";
import type { Experiment } from "../../api/evaluation";
import { bodyOf, problemsOf } from "./runForm";
import { draftOf, ranWhat, serverRunOf } from "./serverRun";

function experiment(target: Record<string, unknown>): Experiment {
  const run = { target, evaluators: [{ id: "e", name: "exact", version: 2 }], budget_usd: 3 };
  return { dataset_id: "d", num_repetitions: 2, metadata: { run } } as unknown as Experiment;
}

test("an experiment is run again as it was", () => {
  const target = { kind: "prompt", prompt: "refunds", version: 14, model: "local/small" };
  const before = experiment({ ...target, hash: "abc", parameters: { temperature: 0 } });
  const draft = draftOf(before);
  expect(problemsOf(draft)).toEqual({});
  expect(bodyOf(draft)).toMatchObject({
    ...{ dataset_id: "d", repetitions: 2, evaluators: ["e"], budget_usd: 3 },
    target: { ...target, parameters: { temperature: 0 } },
  });
  expect(ranWhat(serverRunOf(before) as never)).toBe("refunds 14, local/small");
});

test("an endpoint comes back with its body, but without what was left as it is", () => {
  const url = "http://app:8000/answer";
  const draft = draftOf(experiment({ kind: "http", url, body_template: "{{inputs}}" }));
  expect(draft).toMatchObject({ target: "http", url, body: "" });
  const other = draftOf(experiment({ kind: "http", url, body_template: { q: "{{inputs.q}}" } }));
  expect(bodyOf(other).target).toMatchObject({ body_template: { q: "{{inputs.q}}" } });
});

test("an experiment that somebody sent has no run of the server", () => {
  const sent = { metadata: { run: "7" } } as unknown as Experiment;
  expect(serverRunOf(sent)).toBeUndefined();
});
