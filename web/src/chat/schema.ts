/** JSON Schemas as forms read them. */
import type { Schema } from "./page";

/** The schema itself, where another place of the whole says it; null is left out of a choice. */
export function resolved(schema: Schema, root: Schema, depth = 0): Schema {
  if (depth > 20) return {};
  const name = schema.$ref?.replace(/^#\/(\$defs|definitions)\//, "");
  if (name) {
    const found = root.$defs?.[name];
    return found ? { ...resolved(found, root, depth + 1), ...about(schema) } : {};
  }
  const choices = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.filter(
    (one) => one.type !== "null",
  );
  if (choices?.length === 1)
    return { ...resolved(choices[0] as Schema, root, depth + 1), ...about(schema) };
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    if (types.length === 1) return { ...schema, type: types[0] };
  }
  return schema;
}

function about({ title, description, default: given }: Schema): Partial<Schema> {
  return Object.fromEntries(
    Object.entries({ title, description, default: given }).filter(([, one]) => one !== undefined),
  );
}

/** What a form begins with. */
export function initial(schema: Schema, root: Schema): unknown {
  const one = resolved(schema, root);
  if (one.default !== undefined) return one.default;
  if (one.const !== undefined) return one.const;
  if (one.type === "object" && one.properties) {
    const required = new Set(one.required ?? []);
    return Object.fromEntries(
      Object.entries(one.properties)
        .map(([name, inner]) => [name, initial(inner, root)] as const)
        .filter(([name, value]) => required.has(name) || value !== undefined),
    );
  }
  if (one.type === "array") return [];
  if (one.type === "boolean") return false;
  return one.type === "string" && !one.enum ? "" : undefined;
}

/** Without what was left empty, so that the target's own defaults hold. */
export function withoutEmpty(value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries((value ?? {}) as object).filter(([, one]) => one !== undefined && one !== ""),
  );
}

/** What may be set of a conversation; null where that is nothing. */
export function settable(config: Schema): Schema | null {
  const found = config.properties?.configurable;
  if (!found) return null;
  const own = resolved(found, config);
  const named = Object.entries(own.properties ?? {}).filter(
    ([name]) => !/^(thread_id|checkpoint_|__)/.test(name),
  );
  if (named.length === 0) return null;
  return { type: "object", properties: Object.fromEntries(named), $defs: config.$defs };
}

/** `max_tokens` as "Max tokens". */
export function labelOf(name: string, schema: Schema): string {
  const words = (schema.title ?? name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
