/** Which facets stand beside the table, in their order, and which are open at first. */

export interface FacetEntry {
  field: string;
  label: string;
  /** Open before anybody folded or unfolded it. */
  open: boolean;
  /** Numbers are a histogram to brush. */
  numeric: boolean;
}

const FIXED: readonly FacetEntry[] = [
  { field: "status", label: "Status", open: true, numeric: false },
  { field: "release", label: "Release", open: true, numeric: false },
  { field: "name", label: "Name", open: true, numeric: false },
  { field: "model", label: "Model", open: true, numeric: false },
];

const AFTER_SCORES: readonly FacetEntry[] = [
  { field: "environment", label: "Environment", open: true, numeric: false },
  { field: "kind", label: "Kind", open: false, numeric: false },
  { field: "provider", label: "Provider", open: false, numeric: false },
  { field: "user_id", label: "User", open: false, numeric: false },
  { field: "tags", label: "Tag", open: false, numeric: false },
  { field: "prompt.name", label: "Prompt", open: false, numeric: false },
  { field: "error_type", label: "Error type", open: false, numeric: false },
];

/** The facets of a project: the fixed ones, with its scores among them. */
export function facetList(scores: readonly string[]): FacetEntry[] {
  return [
    ...FIXED,
    ...scores.map((name, i) => ({
      field: `scores.${name}`,
      label: `Score: ${name}`,
      open: i === 0,
      numeric: true,
    })),
    ...AFTER_SCORES,
  ];
}

const PLACE = "pilothouse-facets";

/** Which facets this browser opened or closed by hand. */
export function foldedByHand(): Record<string, boolean> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Record<string, boolean>) : {};
  } catch {
    return {};
  }
}

export function keepFolded(folded: Record<string, boolean>): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(folded));
  } catch {
    // private windows may refuse: the choice then holds until the page is left
  }
}

/** The name under which chips and columns show a field. */
export function fieldLabel(field: string): string {
  const names: Record<string, string> = {
    tags: "tag",
    user_id: "user",
    session_id: "session",
    "prompt.name": "prompt",
    error_type: "error type",
    duration_ms: "duration",
    "cost.total": "cost",
    "usage.total_tokens": "tokens",
  };
  return names[field] ?? field.replace(/^(scores|metadata)\./, "");
}
