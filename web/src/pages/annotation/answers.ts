/** What can be answered to the questions of a rubric, and by which keys. */
import { score as written } from "../../format";
import type { Answer, Preference, Question, Queue, Review } from "./queries";

export interface Option {
  /** The digit that chooses it; none for what comes after nine. */
  key: string | null;
  label: string;
  /** What it means, if the rubric says so. */
  hint: string;
  answer: Answer;
}

/** Beyond so many whole numbers a field takes the number instead. */
const MOST_STEPS = 9;
const STEPS = [0, 0.25, 0.5, 0.75, 1];

/** The question that stands for a queue of pairs without a rubric. */
const PREFERENCE: Question = {
  feedback_key: "preference",
  description: "Which answer is better?",
  value_descriptions: {},
  score_descriptions: {},
  categories: [],
  is_required: true,
};

/** The questions to answer for each item of a queue. */
export function questionsOf(queue: Pick<Queue, "kind" | "rubric">): readonly Question[] {
  return queue.kind === "pairwise" && queue.rubric.length === 0 ? [PREFERENCE] : queue.rubric;
}

/** What may be chosen; empty where only a number in a field will do. */
export function optionsOf(question: Question): Option[] {
  if (question.categories.length > 0) {
    return question.categories.map((category, at) => {
      const label = category.label ?? String(category.value);
      return {
        key: digit(at + 1),
        label,
        hint:
          question.value_descriptions[label] ??
          question.score_descriptions[String(category.value)] ??
          "",
        answer: category.label
          ? { score: category.value, value: category.label }
          : { score: category.value },
      };
    });
  }
  return stepsOf(question).map((step, at, all) => ({
    // on a scale that begins with 1 or above the key is the number itself
    key: digit(all[0] !== undefined && all[0] >= 1 && Number.isInteger(step) ? step : at + 1),
    label: Number.isInteger(step) ? String(step) : written(step),
    hint: question.score_descriptions[String(step)] ?? "",
    answer: { score: step },
  }));
}

function digit(n: number): string | null {
  return n >= 1 && n <= 9 ? String(n) : null;
}

function stepsOf({ min, max }: Question): number[] {
  if (min === 0 && max === 1) return STEPS;
  if (typeof min !== "number" || typeof max !== "number") return [];
  if (!Number.isInteger(min) || !Number.isInteger(max) || max - min >= MOST_STEPS) return [];
  return Array.from({ length: max - min + 1 }, (_, at) => min + at);
}

/** Whether any number between the limits may be given, besides the steps offered. */
export function takesNumbers(question: Question): boolean {
  if (question.categories.length > 0) return false;
  return stepsOf(question).length === 0 || (question.min === 0 && question.max === 1);
}

export const PREFERENCES: readonly { key: string; letter: string; preferred: Preference }[] = [
  { key: "1", letter: "a", preferred: "first" },
  { key: "2", letter: "b", preferred: "second" },
  { key: "3", letter: "t", preferred: "tie" },
];

export function isAnswered(answer: Answer | undefined): boolean {
  return answer?.score != null || answer?.value != null || answer?.preferred != null;
}

export function isChosen(option: Option, answer: Answer | undefined): boolean {
  return answer?.score != null && answer.score === option.answer.score;
}

/** The questions that must be answered and are not. */
export function missing(
  questions: readonly Question[],
  answers: Readonly<Record<string, Answer>>,
): Question[] {
  return questions.filter((one) => one.is_required && !isAnswered(answers[one.feedback_key]));
}

/** The first question after `at` without an answer, else the one after it, else the last. */
export function following(
  questions: readonly Question[],
  answers: Readonly<Record<string, Answer>>,
  at: number,
): number {
  const open = questions.findIndex(
    (one, place) => place > at && !isAnswered(answers[one.feedback_key]),
  );
  return open >= 0 ? open : Math.max(0, Math.min(at + 1, questions.length - 1));
}

/** Answers as they are sent: without those that say nothing. */
export function sent(answers: Readonly<Record<string, Answer>>): Record<string, Answer> {
  const found: Record<string, Answer> = {};
  for (const [key, answer] of Object.entries(answers)) {
    const comment = answer.comment?.trim();
    if (isAnswered(answer) || comment) found[key] = { ...answer, comment: comment || undefined };
  }
  return found;
}

/** What a reviewer said, as the form holds it. */
export function answersOf(review: Review | undefined): Record<string, Answer> {
  return structuredClone((review?.answers ?? {}) as Record<string, Answer>);
}

/** One answer in a word or a number. */
export function answerText(answer: Answer): string {
  if (answer.preferred)
    return { first: "A", second: "B", tie: "tie" }[answer.preferred as Preference];
  return answer.value ?? (answer.score != null ? written(answer.score) : "comment only");
}

/** A rating in a list of disagreements. */
export function ratingText(rating: number | string): string {
  if (typeof rating === "number") return written(rating);
  return { first: "A", second: "B", tie: "tie" }[rating] ?? rating;
}
