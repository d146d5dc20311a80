/** The columns of the users table and how they are sorted. */

export interface Column {
  key: string;
  head: string;
  /** What `order_by` calls it; absent where the server does not sort by it. */
  order?: string;
  numeric?: boolean;
}

export const COLUMNS: readonly Column[] = [
  { key: "user", head: "User", order: "user_id" },
  { key: "traces", head: "Traces", order: "trace_count", numeric: true },
  { key: "sessions", head: "Sessions", order: "session_count", numeric: true },
  { key: "errors", head: "Error share", order: "error_count", numeric: true },
  { key: "tokens", head: "Tokens", order: "usage.total_tokens", numeric: true },
  { key: "cost", head: "Cost", order: "cost.total", numeric: true },
  { key: "first", head: "First seen", order: "first_seen_at", numeric: true },
  { key: "last", head: "Last seen", order: "last_seen_at", numeric: true },
];

export const DEFAULT_ORDER = "-last_seen_at";

/** What a press on a column's head sorts by: largest first, then the other way round. */
export function nextOrder(now: string, column: string): string {
  const first = column === "user_id" ? column : `-${column}`;
  if (now !== first) return first;
  return first.startsWith("-") ? column : `-${column}`;
}

/** The order in an address; what cannot be sorted by is the default. */
export function readOrder(text: string | undefined): string {
  const name = text?.replace(/^-/, "");
  return COLUMNS.some((column) => column.order === name) ? (text as string) : DEFAULT_ORDER;
}
