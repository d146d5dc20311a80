import { Link } from "@tanstack/react-router";
import { Check, Clock, SkipForward } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { clock } from "../../format";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import field from "../../parts/field.module.css";
import form from "../../parts/form.module.css";
import { Kbd } from "../../parts/Kbd";
import { Problem } from "../../parts/Problem";
import {
  answersOf,
  following,
  isAnswered,
  missing,
  optionsOf,
  PREFERENCES,
  questionsOf,
  sent,
} from "./answers";
import classes from "./answers.module.css";
import { KeepExample } from "./KeepExample";
import { OtherReviews } from "./OtherReviews";
import { QuestionView } from "./QuestionView";
import type { Answer, Item, Queue, Review } from "./queries";

/** How long after the last change an answer that is not final is kept. */
const KEEP_MS = 700;

interface Props {
  queue: Queue;
  item: Item;
  reviewer: string;
  onKeep: (answers: Record<string, Answer>, status: Review["status"]) => Promise<void>;
  onNext: () => Promise<void>;
}

/** The questions of a queue; digits answer, Enter goes on, `s` skips. */
export function AnswerForm({ queue, item, reviewer, onKeep, onNext }: Props) {
  const mine = item.reviews.find((one) => one.reviewer === reviewer);
  const others = item.reviews.filter((one) => one.reviewer !== reviewer && one.status === "done");
  const questions = questionsOf(queue);
  const [answers, setAnswers] = useState(() => answersOf(mine));
  const [at, setAt] = useState(0);
  const [tried, setTried] = useState(false);
  const [wrong, setWrong] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLElement>(null);
  const drafts = useDrafts(mine?.status === "done" ? null : (now) => onKeep(now, "reserved"));
  const open = missing(questions, answers);

  function answer(key: string, change: Answer, goOn = false) {
    const next = { ...answers, [key]: { ...answers[key], ...change } };
    setAnswers(next);
    setWrong(null);
    drafts.change(sent(next));
    if (goOn) {
      const place = questions.findIndex((one) => one.feedback_key === key);
      setAt(following(questions, next, place));
    }
  }
  function press(digit: string) {
    const question = questions[at];
    if (!question) return;
    const key = question.feedback_key;
    if (queue.kind === "pairwise") {
      const found = PREFERENCES.find((one) => one.key === digit || one.letter === digit);
      if (found) answer(key, { preferred: found.preferred }, true);
      return;
    }
    const found = optionsOf(question).find((one) => one.key === digit);
    if (found) answer(key, found.answer, true);
  }
  async function finish(status: "done" | "skipped") {
    if (busy) return;
    if (status === "done" && open.length > 0) {
      setTried(true);
      setAt(questions.indexOf(open[0] as (typeof questions)[number]));
      return;
    }
    setBusy(true);
    setWrong(null);
    try {
      await drafts.stop();
      await onKeep(status === "done" ? sent(answers) : {}, status);
    } catch (error) {
      setWrong(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setBusy(false);
    }
  }
  function goTo(name: "comment" | "number") {
    const question = box.current?.querySelectorAll<HTMLElement>("[data-question]")[at];
    const part = question?.querySelector<HTMLElement>(`[data-field=${name}]`);
    if (part instanceof HTMLButtonElement) part.click();
    else part?.focus();
  }

  useKeys("Review", [
    ...Array.from("123456789", (digit) => ({
      key: digit,
      what: digit === "1" ? "1–9 answer the question" : "",
      silent: digit !== "1",
      run: () => press(digit),
    })),
    ...(queue.kind === "pairwise"
      ? [
          { key: "a", what: "A is better", run: () => press("a") },
          { key: "b", what: "B is better", run: () => press("b") },
          { key: "t", what: "Neither is better", run: () => press("t") },
        ]
      : []),
    { key: "Enter", what: "Keep, and show the next", run: () => void finish("done") },
    {
      key: "mod+Enter",
      what: "Keep, and show the next, also while typing",
      everywhere: true,
      run: () => void finish("done"),
    },
    { key: "s", what: "Skip", run: () => void finish("skipped") },
    {
      key: "ArrowDown",
      what: "Next question",
      run: () => setAt(Math.min(at + 1, questions.length - 1)),
    },
    { key: "ArrowUp", what: "Question before", run: () => setAt(Math.max(at - 1, 0)) },
    { key: "m", what: "Comment on the question", run: () => goTo("comment") },
    { key: "v", what: "Type a number", run: () => goTo("number") },
  ]);

  return (
    <aside className={classes.answers} aria-label="Questions" ref={box}>
      <div className={classes.formBody}>
        {queue.instructions && (
          <p className={classes.instructions} dir="auto">
            {queue.instructions}
          </p>
        )}
        {questions.length === 0 && (
          <p className={classes.text}>
            This queue asks nothing yet.{" "}
            <Link
              to="/annotation/$queueId"
              params={{ queueId: queue.id }}
              search={{ view: "settings" }}
            >
              Add questions
            </Link>
          </p>
        )}
        {questions.map((question, place) => (
          <QuestionView
            key={question.feedback_key}
            question={question}
            pairs={queue.kind === "pairwise"}
            answer={answers[question.feedback_key]}
            here={place === at}
            wanting={tried && open.includes(question)}
            onHere={() => setAt(place)}
            onAnswer={(change, goOn) => answer(question.feedback_key, change, goOn)}
          />
        ))}
        {mine?.status === "done" && <OtherReviews reviews={others} />}
        {queue.dataset_id && queue.kind === "single" && <KeepExample queue={queue} item={item} />}
      </div>
      <footer className={classes.formFoot}>
        <Problem error={wrong} />
        {tried && open.length > 0 && (
          <p className={form.problem} role="alert">
            Not answered yet: {open.map((one) => one.feedback_key).join(", ")}
          </p>
        )}
        <div className={classes.choices}>
          <Button
            look="primary"
            icon={Check}
            disabled={busy || questions.length === 0}
            onClick={() => void finish("done")}
            title="Keep, and show the next  Enter"
            after={<span className={classes.onFill}>⏎</span>}
          >
            {mine?.status === "done" ? "Keep the change" : "Done, next"}
          </Button>
          {mine?.status === "done" ? (
            <Button onClick={() => void onNext()}>Next item</Button>
          ) : (
            <Button
              icon={SkipForward}
              disabled={busy}
              onClick={() => void finish("skipped")}
              after={<Kbd>s</Kbd>}
            >
              Skip
            </Button>
          )}
        </div>
        <Held mine={mine} answered={Object.values(answers).some(isAnswered)} />
      </footer>
    </aside>
  );
}

function Held({ mine, answered }: { mine: Review | undefined; answered: boolean }) {
  if (mine?.status === "done")
    return (
      <p className={`${field.below} ${classes.held}`}>
        You have reviewed this item; a change replaces it.
      </p>
    );
  if (mine?.status === "skipped")
    return <p className={`${field.below} ${classes.held}`}>You have skipped this item.</p>;
  const until = mine?.reserved_until;
  if (!until || new Date(until) < new Date()) return null;
  return (
    <p className={`${field.below} ${classes.held}`}>
      <Clock size={12} strokeWidth={1.75} aria-hidden /> Held for you until {clock(until, false)}
      {answered && "; what you chose is kept"}
    </p>
  );
}

/** Keeps answers that are not final a moment after they were given, one after the other. */
function useDrafts(keep: ((answers: Record<string, Answer>) => Promise<void>) | null) {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const running = useRef<Promise<void>>(Promise.resolve());
  const stopped = useRef(false);
  useEffect(() => {
    stopped.current = false;
    return () => {
      if (timer.current) clearTimeout(timer.current);
    };
  }, []);
  return {
    change(answers: Record<string, Answer>) {
      if (timer.current) clearTimeout(timer.current);
      if (!keep || stopped.current) return;
      timer.current = setTimeout(() => {
        // what cannot be kept yet (a number out of range) is told when the item is finished
        running.current = running.current.then(() => keep(answers)).catch(() => {});
      }, KEEP_MS);
    },
    /** Nothing is kept any more once this is over. */
    async stop() {
      if (timer.current) clearTimeout(timer.current);
      await running.current;
    },
  };
}
