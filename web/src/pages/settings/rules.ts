/** A project's masking rules as the page edits them: built-in ones to tick, own ones to write. */

export interface MaskingRule {
  name: string;
  builtin?: string;
  pattern?: string;
  replacement?: string;
}

export interface Draft {
  builtins: readonly string[];
  own: readonly OwnRule[];
}

export interface OwnRule {
  name: string;
  pattern: string;
  replacement: string;
}

export function draftOf(rules: readonly MaskingRule[]): Draft {
  return {
    builtins: rules.flatMap((rule) => rule.builtin ?? []),
    own: rules
      .filter((rule) => rule.pattern !== undefined)
      .map(({ name, pattern, replacement }) => ({
        name,
        pattern: pattern ?? "",
        replacement: replacement ?? "",
      })),
  };
}

/**
 * The rules to save. Built-in ones keep what the API said of them besides their name (an own
 * replacement), own ones without a name or pattern are rows that nobody filled in.
 */
export function rulesOf(draft: Draft, before: readonly MaskingRule[]): MaskingRule[] {
  const builtins = draft.builtins.map(
    (builtin) => before.find((rule) => rule.builtin === builtin) ?? { name: builtin, builtin },
  );
  const own = draft.own
    .filter((rule) => rule.name.trim() !== "" || rule.pattern !== "")
    .map(({ name, pattern, replacement }) => ({
      name: name.trim(),
      pattern,
      ...(replacement === "" ? {} : { replacement }),
    }));
  return [...builtins, ...own];
}

/** Whether there is something to save. */
export function changed(draft: Draft, before: readonly MaskingRule[]): boolean {
  return (
    JSON.stringify(rulesOf(draft, before)) !== JSON.stringify(rulesOf(draftOf(before), before))
  );
}
