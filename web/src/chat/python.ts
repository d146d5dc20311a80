/** JSON as Python writes it, which differs in three words outside of texts. */
export function python(value: unknown): string {
  const words: Record<string, string> = { true: "True", false: "False", null: "None" };
  return JSON.stringify(value, null, 4).replace(
    /"(?:[^"\\]|\\.)*"|true|false|null/g,
    (found) => words[found] ?? found,
  );
}
