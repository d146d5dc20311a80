/** What a span cost as arithmetic: tokens × price = money, one line a type of token. */
import { tokens } from "../format";
import type { Span, Usage } from "./model";

export interface CostRow {
  type: string;
  label: string;
  tokens: number | null;
  /** US dollars for a million tokens. */
  perMillion: number | null;
  cost: number | null;
  colour: string;
}

export interface Arithmetic {
  rows: CostRow[];
  tokens: number | null;
  cost: number | null;
}

const TYPES: [RegExp, string, string][] = [
  [/cache.?write.*1h|1h.*cache/, "Cache write, 1 h", "var(--s4)"],
  [/cache.?(write|creation)/, "Cache write", "var(--s4)"],
  [/cache/, "Cache read", "var(--s7)"],
  [/audio.*out|out.*audio/, "Audio output", "var(--s5)"],
  [/audio/, "Audio input", "var(--s6)"],
  [/reason/, "Reasoning", "var(--s2)"],
  [/output|completion/, "Output", "var(--s3)"],
  [/input|prompt/, "Input", "var(--s1)"],
];

function named(type: string): [string, string] {
  const found = TYPES.find(([pattern]) => pattern.test(type.toLowerCase()));
  if (found) return [found[1], found[2]];
  const words = type.replaceAll("_", " ");
  return [words.charAt(0).toUpperCase() + words.slice(1), "var(--s8)"];
}

const ORDER = ["Input", "Cache read", "Cache write", "Cache write, 1 h", "Audio input", "Output"];

function rank(row: CostRow): number {
  const at = ORDER.indexOf(row.label);
  return at < 0 ? ORDER.length : at;
}

/** The lines of the price, or of the bare counts when nothing is known of prices. */
export function arithmetic(span: Pick<Span, "usage" | "cost">): Arithmetic | null {
  const { usage, cost } = span;
  if (!usage && !cost) return null;
  const details = cost?.details ?? [];
  const rows = details.length > 0 ? details.map(priced) : counted(span);
  const known = rows.filter((row) => row.tokens !== 0 || row.cost);
  known.sort((a, b) => rank(a) - rank(b));
  const tokens = usage?.total_tokens ?? sum(known.map((row) => row.tokens));
  return { rows: known, tokens, cost: cost?.total ?? null };
}

function priced(detail: {
  type: string;
  tokens: number | null;
  price: number | null;
  cost: number | null;
}): CostRow {
  const [label, colour] = named(detail.type);
  const { tokens, price, cost } = detail;
  const derived = tokens && cost !== null ? (cost / tokens) * 1e6 : price;
  return { type: detail.type, label, tokens, perMillion: derived, cost, colour };
}

/**
 * Counts without lines of a price. What is known of the cost then covers a whole side, so cached
 * tokens stay in the input; without any cost they stand apart.
 */
function counted({ usage, cost }: Pick<Span, "usage" | "cost">): CostRow[] {
  const row = (type: string, count: number | null | undefined, money?: number | null): CostRow => {
    const [label, colour] = named(type);
    return { type, label, tokens: count ?? null, perMillion: null, cost: money ?? null, colour };
  };
  const whole = cost?.input != null || cost?.output != null || cost?.total != null;
  const parts = whole ? 0 : (usage?.cached_tokens ?? 0) + (usage?.cache_write_tokens ?? 0);
  const input = usage?.input_tokens;
  const rows = [
    row("input", input == null ? null : Math.max(0, input - parts), cost?.input),
    row("cached", whole ? null : usage?.cached_tokens),
    row("cache_write", whole ? null : usage?.cache_write_tokens),
    row("output", usage?.output_tokens, cost?.output),
  ];
  return rows.filter((one) => one.tokens !== null || one.cost !== null);
}

function sum(values: (number | null)[]): number | null {
  const known = values.filter((one) => one !== null);
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : null;
}

/** Tokens a second after the first one; null when one of the three is unknown. */
export function tokensPerSecond(span: Span): number | null {
  const [tokens, total, first] = [
    span.usage?.output_tokens,
    span.duration_ms,
    span.time_to_first_token_ms,
  ];
  if (!tokens || total === null || first === null || first === undefined || total - first < 1)
    return null;
  return tokens / ((total - first) / 1000);
}

/** `8,010 → 668`; null when neither is known. */
export function tokensText(usage: Usage | null | undefined): string | null {
  if (usage?.input_tokens == null && usage?.output_tokens == null) return null;
  return tokens(usage.input_tokens, usage.output_tokens);
}
