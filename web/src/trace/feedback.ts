/** What people thought of a trace, as lines at the end of its conversation. */
import type { EventBlock } from "./blocks";
import type { Score, Trace } from "./model";
import type { Tree } from "./tree";

/** The scores that people gave, in the order in which they did. */
export function givenByPeople(trace: Trace, tree: Tree): Score[] {
  const scores = new Map<string, Score>();
  for (const one of trace.scores ?? []) scores.set(one.id, one);
  for (const node of tree.nodes) for (const one of node.span.scores ?? []) scores.set(one.id, one);
  const given = [...scores.values()].filter(
    (one) => one.source === "human" || one.source === "end_user",
  );
  return given.sort((a, b) => (a.created_at ?? "").localeCompare(b.created_at ?? ""));
}

export function feedbackBlock(score: Score, tree: Tree): EventBlock {
  const node = (score.span_id && tree.byId.get(score.span_id)) || tree.roots[0] || null;
  const bad = score.value !== null && score.value <= 0;
  const good = score.value !== null && score.value >= 1;
  return {
    type: "event",
    id: `score/${score.id}`,
    depth: 0,
    node,
    icon: bad ? "down" : good ? "up" : "feedback",
    name: score.name,
    text: feedbackText(score, tree.end),
    failed: false,
    ms: null,
  };
}

function feedbackText(score: Score, end: number): string {
  const given = score.source === "human" && score.identifier?.includes("@");
  const from = given
    ? `from ${score.identifier}`
    : `from ${score.source === "end_user" ? "the user" : "a person"}`;
  const isThumb = /^(thumbs?[ _-]?)?(up|down)$/i.test(score.label ?? "");
  const value =
    (isThumb ? null : score.label) ??
    (score.value !== null && score.value > 1 ? String(score.value) : "");
  const after = score.created_at ? Date.parse(score.created_at) - end : Number.NaN;
  const later = after >= 1000 ? laterBy(after) : "";
  const words = [value, `${from}${later}`].filter(Boolean).join(", ");
  return score.comment ? `${words}: “${score.comment}”` : words;
}

function laterBy(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 90) return `, ${s} s later`;
  if (s < 5400) return `, ${Math.round(s / 60)} min later`;
  if (s < 129_600) return `, ${Math.round(s / 3600)} h later`;
  return `, ${Math.round(s / 86_400)} d later`;
}
