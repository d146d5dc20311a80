/** A JSON value as lines that fold. */

export interface JsonLine {
  /** Where the value stands: keys joined by tabs, which no reader types. */
  path: string;
  depth: number;
  key: string | null;
  value: unknown;
  type: "open" | "close" | "value";
  bracket: string;
  /** Number of entries of an object or list. */
  size: number;
  folded: boolean;
  last: boolean;
}

export function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Beyond this depth a value starts folded. */
export const OPEN_DEPTH = 4;

/** The lines of a value; `toggled` are the paths that stand the other way than by default. */
export function jsonLines(value: unknown, toggled: ReadonlySet<string>): JsonLine[] {
  const lines: JsonLine[] = [];
  const walk = (one: unknown, key: string | null, path: string, depth: number, last: boolean) => {
    if (!isBranch(one)) {
      lines.push({
        path,
        depth,
        key,
        value: one,
        type: "value",
        bracket: "",
        size: 0,
        folded: false,
        last,
      });
      return;
    }
    const list = Array.isArray(one);
    const entries = Object.entries(one);
    const folded =
      entries.length > 0 && (depth >= OPEN_DEPTH || entries.length > 500) !== toggled.has(path);
    const empty = entries.length === 0;
    const base = { path, depth, key, value: one, size: entries.length, folded, last };
    lines.push({
      ...base,
      type: "open",
      bracket: list ? (empty ? "[]" : "[") : empty ? "{}" : "{",
    });
    if (folded || empty) return;
    entries.forEach(([name, inner], at) => {
      walk(inner, list ? null : name, `${path}\t${name}`, depth + 1, at === entries.length - 1);
    });
    lines.push({ ...base, key: null, type: "close", bracket: list ? "]" : "}" });
  };
  walk(value, null, "", 0, true);
  return lines;
}

/** JSON inside a string as the value it stands for; other values as they are. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (!/^[[{]/.test(text) || !/[\]}]$/.test(text)) return value;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return value;
  }
}

export function pretty(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}
