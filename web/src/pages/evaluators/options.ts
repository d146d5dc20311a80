/** Options as a form: how each is asked for, by its JSON schema. */
import type { Schema } from "./queries";

export type OptionKind = "boolean" | "number" | "text" | "choice" | "json";

/** How an option is asked for. */
export function kindOf(schema: Schema): OptionKind {
  const plain = withoutNull(schema);
  if (plain.enum) return "choice";
  switch (plain.type) {
    case "boolean":
      return "boolean";
    case "number":
    case "integer":
      return "number";
    case "string":
      return "text";
    default:
      return "json";
  }
}

/** The schema of what is there, where nothing may be there too. */
export function withoutNull(schema: Schema): Schema {
  const { anyOf, type } = schema;
  if (anyOf) {
    const rest = anyOf.filter((one) => one.type !== "null");
    return rest.length === 1 ? { ...schema, anyOf: undefined, ...rest[0] } : schema;
  }
  if (!Array.isArray(type)) return schema;
  const rest = type.filter((one) => one !== "null");
  return rest.length === 1 ? { ...schema, type: rest[0] } : schema;
}

/** An option as it is typed; what is not given shows nothing. */
export function typedOption(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was typed as the option's value; undefined leaves it out, and what cannot be read stays text. */
export function readOption(typed: string, schema: Schema): unknown {
  if (typed.trim() === "") return undefined;
  switch (kindOf(schema)) {
    case "number": {
      const number = Number(typed);
      return Number.isFinite(number) ? number : typed;
    }
    case "choice":
      return withoutNull(schema).enum?.find((one) => typedOption(one) === typed) ?? typed;
    case "json":
      try {
        return JSON.parse(typed) as unknown;
      } catch {
        return typed;
      }
    default:
      return typed;
  }
}

/** The options with one changed; what is not given is left out. */
export function withOption(
  options: Record<string, unknown>,
  name: string,
  value: unknown,
): Record<string, unknown> {
  const { [name]: _before, ...rest } = options;
  return value === undefined ? rest : { ...rest, [name]: value };
}
