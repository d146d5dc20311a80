import { expect, test } from "vitest";
import type { Experiment } from "../../api/evaluation";
import { bodyOf, type Draft, EMPTY, type Evaluator, estimateOf, problemsOf } from "./runForm";

const prompt: Draft = {
  ...EMPTY,
  ...{ dataset: "d", prompt: "refunds", which: "label production", model: "local/small" },
};

test("an empty form says of each field what is missing", () => {
  expect(Object.keys(problemsOf(EMPTY))).toEqual(["dataset", "prompt", "model"]);
  expect(problemsOf(prompt)).toEqual({});
  const wrong = {
    ...prompt,
    parameters: "[1]",
    repetitions: "0",
    concurrency: "1.5",
    budget: "-1",
  };
  expect(Object.keys(problemsOf(wrong))).toEqual([
    ...["parameters", "repetitions", "concurrency", "budget"],
  ]);
});

test("a label, a version and the newest of a prompt are sent as such", () => {
  expect(bodyOf(prompt)).toEqual({
    ...{ dataset_id: "d", repetitions: 1, concurrency: 10, evaluators: [] },
    target: { kind: "prompt", prompt: "refunds", label: "production", model: "local/small" },
  });
  const at = (which: string) => bodyOf({ ...prompt, which }).target;
  expect(at("version 3")).toMatchObject({ version: 3 });
  expect(at("")).not.toHaveProperty("label");
});

test("an endpoint takes headers line by line", () => {
  const draft: Draft = { ...EMPTY, dataset: "d", target: "http", url: "http://app:8000/answer" };
  expect(problemsOf({ ...draft, headers: "nothing" })).toHaveProperty("headers");
  expect(problemsOf({ ...draft, url: "app" })).toHaveProperty("url");
  expect(problemsOf({ ...draft, body: "{" })).toHaveProperty("body");
  expect(
    bodyOf({ ...draft, headers: "Authorization: Bearer a:b\n", output: "answer.text" }).target,
  ).toEqual({
    ...{ kind: "http", url: "http://app:8000/answer", output_path: "answer.text" },
    headers: { Authorization: "Bearer a:b" },
  });
});

test("the cost is told by the newest experiment of that model, and by what judges cost so far", () => {
  const stats = (total: number) => ({ cost: { total }, run_count: 100 });
  const earlier = [
    { name: "other", metadata: { model: "large" }, stats: stats(9) },
    { name: "like it", metadata: { model: "small" }, stats: stats(1) },
  ] as unknown as Experiment[];
  const judge = { id: "j", name: "polite", kind: "judge", cost: 2, verdicts: 100 } as Evaluator;
  const fresh = { id: "f", name: "new", kind: "judge", cost: null, verdicts: 0 } as Evaluator;
  const draft = { ...prompt, repetitions: "2", evaluators: ["j", "f"] };
  const found = estimateOf(draft, 50, earlier, [judge, fresh]);
  expect(found.cost).toBeCloseTo(3);
  expect(found).toMatchObject({ runs: 100, by: "like it", unknown: ["new"] });
  expect(estimateOf(draft, 50, [], [judge]).cost).toBeNull();
});
