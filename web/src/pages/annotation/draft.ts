/** A queue as a form holds it: everything as it was typed. */
import type { NewQueue, Question, Queue, QueueKind } from "./queries";

export type Scale = "categories" | "numbers";

export interface DraftQuestion {
  /** Steady while the form is open: what React holds on to. */
  id: number;
  key: string;
  description: string;
  scale: Scale;
  /** A line each: `value label`, or `label` alone. */
  categories: string;
  min: string;
  max: string;
  required: boolean;
  /** What the form does not show and gives back as it was. */
  kept: Pick<Question, "value_descriptions" | "score_descriptions">;
}

export interface Draft {
  name: string;
  kind: QueueKind;
  description: string;
  instructions: string;
  questions: DraftQuestion[];
  reviewersPerItem: string;
  reservationMinutes: string;
  /** Names, a line each or with commas. */
  reviewers: string;
  datasetId: string;
}

let made = 0;

export function newQuestion(given: Partial<DraftQuestion> = {}): DraftQuestion {
  made += 1;
  return {
    id: made,
    key: "",
    description: "",
    scale: "categories",
    categories: "1 good\n0 bad",
    min: "1",
    max: "5",
    required: true,
    kept: { value_descriptions: {}, score_descriptions: {} },
    ...given,
  };
}

export function draftOf(queue?: Queue): Draft {
  return {
    name: queue?.name ?? "",
    kind: queue?.kind ?? "single",
    description: queue?.description ?? "",
    instructions: queue?.instructions ?? "",
    questions: queue ? queue.rubric.map(asDraft) : [newQuestion()],
    reviewersPerItem: String(queue?.reviewers_per_item ?? 1),
    reservationMinutes: String(queue?.reservation_minutes ?? 60),
    reviewers: (queue?.reviewers ?? []).join("\n"),
    datasetId: queue?.dataset_id ?? "",
  };
}

function asDraft(question: Question): DraftQuestion {
  const { categories, min, max } = question;
  return newQuestion({
    key: question.feedback_key,
    description: question.description,
    scale: categories.length > 0 ? "categories" : "numbers",
    categories: categories
      .map(({ value, label }) => (label ? `${value} ${label}` : String(value)))
      .join("\n"),
    min: min == null ? "" : String(min),
    max: max == null ? "" : String(max),
    required: question.is_required,
    kept: {
      value_descriptions: question.value_descriptions,
      score_descriptions: question.score_descriptions,
    },
  });
}

/** The queue that a draft asks for. Throws an Error that says what is wrong. */
export function queueOf(draft: Draft): NewQueue {
  const pairs = draft.kind === "pairwise";
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    description: draft.description.trim(),
    instructions: draft.instructions.trim(),
    rubric: draft.questions.map((one) => rubricItem(one, pairs)),
    reviewers_per_item: whole(draft.reviewersPerItem, "Reviews for each item"),
    reservation_minutes: whole(draft.reservationMinutes, "Minutes held"),
    reviewers: [...new Set(listed(draft.reviewers))],
    dataset_id: draft.datasetId || null,
  };
}

function rubricItem(question: DraftQuestion, pairs: boolean): Question {
  const key = question.key.trim();
  if (!key) throw new Error("Each question needs a name: the score is kept under it.");
  const categories =
    !pairs && question.scale === "categories" ? categoriesOf(question.categories, key) : [];
  const numbers = !pairs && question.scale === "numbers";
  return {
    ...question.kept,
    feedback_key: key,
    description: question.description.trim(),
    categories,
    min: numbers ? limit(question.min, key) : null,
    max: numbers ? limit(question.max, key) : null,
    is_required: question.required,
  };
}

/** `1 good` is the value 1 called “good”; a line without a number gets the next whole one. */
export function categoriesOf(text: string, key: string): { value: number; label: string | null }[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0) throw new Error(`${key}: name at least one answer to choose from.`);
  return lines.map((line, at) => {
    const [, value, label] = /^(-?\d+(?:\.\d+)?)(?:\s+(.+))?$/.exec(line) ?? [];
    return value === undefined
      ? { value: at, label: line }
      : { value: Number(value), label: label ?? null };
  });
}

function listed(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((name) => name.trim())
    .filter(Boolean);
}

function limit(text: string, key: string): number | null {
  if (text.trim() === "") return null;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new Error(`${key}: “${text}” is no number.`);
  return number;
}

function whole(text: string, what: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${what}: a whole number from 1.`);
  return number;
}
