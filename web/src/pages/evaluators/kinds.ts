import { Blocks, Code, Gavel, type LucideIcon } from "lucide-react";
import type { BuiltinDefinition, CodeDefinition, JudgeDefinition, Kind } from "./definition";
import { parametersOf, variablesOf } from "./definition";
import type { Evaluator, Metric } from "./queries";

interface KindFace {
  name: string;
  icon: LucideIcon;
  /** What it is for, where one is chosen. */
  sentence: string;
}

export const KINDS: Record<Kind, KindFace> = {
  judge: {
    name: "Judge",
    icon: Gavel,
    sentence: "A model reads your prompt and gives the verdict.",
  },
  builtin: {
    name: "Built-in",
    icon: Blocks,
    sentence: "A metric of the catalogue: texts, retrieval, tools, safety.",
  },
  code: {
    name: "Code",
    icon: Code,
    sentence: "A Python function of yours, in a sandbox without network.",
  },
};

/** What an evaluator checks, in a line. */
export function checks(
  { description, kind, definition }: Pick<Evaluator, "description" | "kind" | "definition">,
  catalogue: readonly Metric[] | undefined,
): string {
  if (description) return description;
  if (kind === "builtin") {
    const { metric } = definition as BuiltinDefinition;
    return catalogue?.find((one) => one.name === metric)?.description ?? metric;
  }
  if (kind === "code") return firstWords((definition as CodeDefinition).source);
  return firstWords((definition as JudgeDefinition).prompt);
}

function firstWords(text: string): string {
  return text.trim().replace(/\s+/g, " ").slice(0, 160);
}

/** The fields that an evaluator reads: what a rule maps. */
export function fieldsOf(
  { kind, definition }: Pick<Evaluator, "kind" | "definition">,
  catalogue: readonly Metric[] | undefined,
): string[] {
  switch (kind) {
    case "judge":
      return variablesOf((definition as JudgeDefinition).prompt);
    case "code":
      return parametersOf((definition as CodeDefinition).source);
    case "builtin": {
      const { metric } = definition as BuiltinDefinition;
      return catalogue?.find((one) => one.name === metric)?.needs ?? [];
    }
  }
}
