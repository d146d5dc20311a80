/** What an evaluator is made of, as it is kept and as it is typed. */

export type Kind = "judge" | "builtin" | "code";
export type Output = "boolean" | "continuous" | "choices";

export interface JudgeDefinition {
  model: string;
  prompt: string;
  output?: Output;
  choices?: Record<string, number> | null;
  few_shot?: Record<string, unknown>[] | null;
}

export interface BuiltinDefinition {
  metric: string;
  options?: Record<string, unknown>;
}

export interface CodeDefinition {
  source: string;
}

export type Definition = JudgeDefinition | BuiltinDefinition | CodeDefinition;

export interface Choice {
  label: string;
  score: string;
}

/** A definition while it is typed: what the other kinds would be made of stays beside it. */
export interface Draft {
  name: string;
  description: string;
  kind: Kind;
  model: string;
  prompt: string;
  output: Output;
  choices: Choice[];
  fewShot: Record<string, string>[];
  metric: string;
  options: Record<string, unknown>;
  source: string;
}

const PROMPT = `Read the question and the answer.

Question:
{inputs}

Answer:
{outputs}

Does the answer say what the question asks for, and nothing that is made up?`;

const SOURCE = `def evaluate(inputs, outputs):
    text = str(outputs)
    return {"score": len(text) <= 1200, "comment": f"{len(text)} characters"}
`;

export const EMPTY: Draft = {
  name: "",
  description: "",
  kind: "judge",
  model: "",
  prompt: PROMPT,
  output: "boolean",
  choices: [
    { label: "good", score: "1" },
    { label: "fair", score: "0.5" },
    { label: "bad", score: "0" },
  ],
  fewShot: [],
  metric: "",
  options: {},
  source: SOURCE,
};

interface Named {
  name: string;
  description: string;
  kind: Kind;
  definition: Definition;
}

export function draftOf({ name, description, kind, definition }: Named): Draft {
  const named = { ...EMPTY, name, description, kind };
  if (kind === "judge") {
    const { model, prompt, output, choices, few_shot } = definition as JudgeDefinition;
    const kept = Object.entries(choices ?? {});
    return {
      ...named,
      model,
      prompt,
      output: output ?? EMPTY.output,
      choices: kept.length
        ? kept.map(([label, score]) => ({ label, score: String(score) }))
        : EMPTY.choices,
      fewShot: (few_shot ?? []).map((one) =>
        Object.fromEntries(Object.entries(one).map(([field, value]) => [field, typed(value)])),
      ),
    };
  }
  if (kind === "builtin") {
    const { metric, options } = definition as BuiltinDefinition;
    return { ...named, metric, options: options ?? {} };
  }
  return { ...named, source: (definition as CodeDefinition).source };
}

function typed(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function definitionOf(draft: Draft): Definition {
  switch (draft.kind) {
    case "judge":
      return {
        model: draft.model.trim(),
        prompt: draft.prompt,
        output: draft.output,
        choices:
          draft.output === "choices"
            ? Object.fromEntries(draft.choices.map((one) => [one.label.trim(), Number(one.score)]))
            : null,
        few_shot: draft.fewShot.map((example) => exampleOf(example, draft)),
      };
    case "builtin":
      return { metric: draft.metric, options: draft.options };
    case "code":
      return { source: draft.source };
  }
}

/** The field of an example that holds the verdict. */
export function verdictField(output: Output): "score" | "label" {
  return output === "continuous" ? "score" : "label";
}

/** Reasons before the verdict, as the judge is to write them; what the prompt no longer reads goes. */
function exampleOf(example: Record<string, string>, draft: Draft): Record<string, unknown> {
  const verdict = verdictField(draft.output);
  const fields = [...variablesOf(draft.prompt), "explanation", verdict];
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = example[field]?.trim();
      if (!value) return [];
      return [[field, field === "score" ? Number(value) : value]];
    }),
  );
}

/** The variables that a prompt reads, once each; doubled braces are braces of its own. */
export function variablesOf(prompt: string): string[] {
  const bare = prompt.replaceAll("{{", "").replaceAll("}}", "");
  return [...new Set([...bare.matchAll(/\{([A-Za-z_]\w*)\}/g)].map((match) => match[1] ?? ""))];
}

/** The parameters of `evaluate` in a source, without what Python gathers with stars. */
export function parametersOf(source: string): string[] {
  const list = /def\s+evaluate\s*\(([^)]*)\)/.exec(source)?.[1] ?? "";
  return list
    .split(",")
    .map((one) => /^\s*([A-Za-z_]\w*)/.exec(one)?.[1] ?? "")
    .filter(Boolean);
}

/** The first thing that keeps a draft from being tried; null when it may be. */
export function problemOf(draft: Draft): string | null {
  switch (draft.kind) {
    case "judge":
      return judgeProblem(draft);
    case "builtin":
      return draft.metric ? null : "Choose an evaluator of the catalogue.";
    case "code":
      return parametersOf(draft.source).length > 0
        ? null
        : "Define a function evaluate(inputs, outputs).";
  }
}

function judgeProblem(draft: Draft): string | null {
  if (!draft.model.trim()) return "Choose the model that judges.";
  if (variablesOf(draft.prompt).length === 0)
    return "Name in the prompt what is judged, say {outputs}.";
  if (draft.output !== "choices") return null;
  const labels = draft.choices.map((one) => one.label.trim());
  if (labels.length < 2 || labels.some((label) => !label)) return "Give at least two choices.";
  if (new Set(labels).size < labels.length) return "Two choices have the same name.";
  const wrong = draft.choices.find((one) => !Number.isFinite(Number(one.score || "x")));
  return wrong ? `Say what “${wrong.label}” is worth, as a number.` : null;
}

export interface FieldChange {
  field: string;
  before: string;
  after: string;
}

/** What differs between two definitions, field by field. */
export function changesBetween(before: Definition, after: Definition): FieldChange[] {
  const a = before as unknown as Record<string, unknown>;
  const b = after as unknown as Record<string, unknown>;
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return fields
    .map((field) => ({ field, before: written(a[field]), after: written(b[field]) }))
    .filter((one) => one.before !== one.after);
}

/** A part of a definition as text: nothing and an empty list are the same. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) && value.length === 0) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
