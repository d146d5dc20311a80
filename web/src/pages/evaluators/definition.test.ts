import { describe, expect, it } from "vitest";
import {
  changesBetween,
  type Draft,
  definitionOf,
  draftOf,
  EMPTY,
  parametersOf,
  problemOf,
  variablesOf,
} from "./definition";

const judge: Draft = { ...EMPTY, name: "faithful", model: "local/judge" };

describe("the draft of a judge", () => {
  it("comes back from its definition as it was", () => {
    const draft: Draft = {
      ...judge,
      output: "choices",
      fewShot: [{ inputs: "Who?", outputs: "Me", explanation: "It says so.", label: "good" }],
    };

    expect(draftOf({ ...draft, definition: definitionOf(draft) })).toEqual(draft);
  });

  it("tells its examples by what the prompt reads, reasons before the verdict", () => {
    const example = { score: "0.4", outputs: "Me", gone: "no longer read", explanation: "Why" };
    const draft: Draft = { ...judge, output: "continuous", fewShot: [example] };

    const { few_shot } = definitionOf(draft) as { few_shot: Record<string, unknown>[] };
    expect(Object.entries(few_shot[0] ?? {})).toEqual([
      ["outputs", "Me"],
      ["explanation", "Why"],
      ["score", 0.4],
    ]);
  });

  it("gives no choices where the verdict is none", () => {
    expect(definitionOf(judge)).toMatchObject({ output: "boolean", choices: null });
  });

  it.each([
    [{ model: " " }, "Choose the model that judges."],
    [{ prompt: "Is it {{good}}?" }, "Name in the prompt what is judged, say {outputs}."],
    [{ output: "choices", choices: [{ label: "a", score: "1" }] }, "Give at least two choices."],
    [
      {
        output: "choices",
        choices: [
          { label: "a", score: "1" },
          { label: "b", score: "" },
        ],
      },
      "Say what “b” is worth, as a number.",
    ],
  ] as [Partial<Draft>, string][])("is not tried while it lacks something: %o", (lack, said) => {
    expect(problemOf({ ...judge, ...lack })).toBe(said);
  });
});

describe("what an evaluator reads", () => {
  it("is named once in a prompt, and doubled braces are text", () => {
    expect(variablesOf("{inputs} {outputs} {inputs} {{json}} {not a name}")).toEqual([
      "inputs",
      "outputs",
    ]);
  });

  it("is told by the parameters of its function", () => {
    const source = "import re\ndef evaluate(inputs, outputs: str, reference_outputs=None, **rest):";

    expect(parametersOf(source)).toEqual(["inputs", "outputs", "reference_outputs"]);
  });
});

it("finds what differs between two definitions; what is left out differs from nothing", () => {
  const before = { model: "a/b", prompt: "Is {outputs} so?", few_shot: [] };
  const after = { model: "a/c", prompt: "Is {outputs} so?" };

  expect(changesBetween(before, after)).toEqual([{ field: "model", before: "a/b", after: "a/c" }]);
});
