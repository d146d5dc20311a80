import { useEffect, useState } from "react";
import { Failed } from "./Answer";
import { AnswerText } from "./AnswerText";
import classes from "./answer.module.css";
import { Bubble } from "./Question";
import question from "./question.module.css";
import { Sources } from "./Sources";
import { Steps } from "./Steps";
import type { Turn, TurnState } from "./turn";
import { seconds } from "./words";

interface Props {
  turn: Turn;
  thread: string;
  onRetry: () => void;
  onDiscard: () => void;
}

const SAID: Partial<Record<TurnState, string>> = {
  queued: "Not sent yet. It goes out as soon as the server can be reached.",
  lost: "The connection broke. The answer goes on, and comes as soon as there is one again.",
};

/** The turn that is at work: what was asked, and as much of the answer as there is. */
export function LiveTurn({ turn, thread, onRetry, onDiscard }: Props) {
  const { asking, failure, state } = turn;
  const writing = state === "running" || state === "lost";
  const showsQuestion = asking && asking.again === undefined;
  return (
    <>
      {showsQuestion && (
        <article className={question.question} aria-label="Question">
          <Bubble text={asking.text} files={asking.files} thread={thread} />
        </article>
      )}
      <article className={classes.answer} aria-label="Answer" aria-busy={writing}>
        <Steps steps={turn.steps} live={!turn.text} />
        {turn.text && (
          <AnswerText text={turn.text} sources={turn.sources} id="source-live" live={writing} />
        )}
        <Sources sources={turn.sources} id="source-live" />
        {failure && (
          <Failed
            message={failure.message}
            onAgain={state === "failed" ? onRetry : undefined}
            onDiscard={state === "failed" ? onDiscard : undefined}
          />
        )}
        {!failure && state !== "done" && <Status turn={turn} />}
      </article>
    </>
  );
}

function Status({ turn }: { turn: Turn }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, []);
  const spent = seconds(Math.max(0, now - turn.begun));
  const said = SAID[turn.state] ?? `${turn.text ? "Writing" : "Thinking"}, ${spent}`;
  return (
    <p className={classes.status}>
      <span className={classes.dot} data-state={turn.state} aria-hidden />
      {said}
    </p>
  );
}
