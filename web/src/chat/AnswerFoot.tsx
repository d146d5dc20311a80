import { ListTree, MessageSquare, RotateCcw, ThumbsDown, ThumbsUp } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "../parts/Button";
import { CopyButton } from "../parts/CopyButton";
import { useAbout } from "./about";
import classes from "./answer.module.css";
import { ask, sentence } from "./api";
import { CommentForm } from "./CommentForm";
import type { Feedback, Message } from "./types";
import { seconds } from "./words";

interface Props {
  message: Message;
  thread: string;
  onAgain?: () => void;
  children?: ReactNode;
}

/** What can be done with an answer: judged, copied, asked for again, looked into. */
export function AnswerFoot({ message, thread, onAgain, children }: Props) {
  const about = useAbout();
  const [feedback, setFeedback] = useState<Feedback | null>(message.feedback);
  const [commenting, setCommenting] = useState(false);
  const [problem, setProblem] = useState("");
  const { extra, run_id } = message;
  const found = extra.sources?.length ?? 0;
  const told = [
    extra.ms === undefined ? "" : seconds(extra.ms),
    found ? `${found} ${found === 1 ? "source" : "sources"}` : "",
  ].filter(Boolean);

  async function judge(score: number, comment: string | null) {
    const before = feedback;
    setFeedback({ score, comment });
    setProblem("");
    try {
      const body = { thread_id: thread, run_id, score, comment };
      setFeedback(await ask<Feedback>("feedback", { method: "POST", body }));
    } catch (error) {
      setFeedback(before);
      setProblem(sentence(error));
    }
  }

  function press(score: number) {
    if (feedback?.score !== score) void judge(score, feedback?.comment ?? null);
    setCommenting(score === 0 && (feedback?.score !== 0 || !commenting));
  }

  return (
    <>
      <div className={classes.foot}>
        {run_id && (
          <>
            <Button
              look="quiet"
              icon={ThumbsUp}
              data-thumb="up"
              aria-label="Good answer"
              aria-pressed={feedback?.score === 1}
              onClick={() => press(1)}
            />
            <Button
              look="quiet"
              icon={ThumbsDown}
              data-thumb="down"
              aria-label="Bad answer"
              aria-pressed={feedback?.score === 0}
              onClick={() => press(0)}
            />
            {feedback && (
              <Button
                look="quiet"
                icon={MessageSquare}
                aria-label={feedback.comment ? "Change the comment" : "Say why"}
                title={feedback.comment ?? "Say why"}
                aria-expanded={commenting}
                onClick={() => setCommenting(!commenting)}
              />
            )}
          </>
        )}
        {message.text && <CopyButton text={message.text} label="Copy the answer" />}
        {onAgain && message.status !== "error" && (
          <Button look="quiet" icon={RotateCcw} aria-label="Answer again" onClick={onAgain} />
        )}
        {children}
        {told.length > 0 && <span className={classes.told}>{told.join(" · ")}</span>}
        {about?.traces && extra.trace_id && (
          <a
            className={classes.told}
            href={about.traces + extra.trace_id}
            target="_blank"
            rel="noreferrer"
          >
            <ListTree size={13} strokeWidth={1.75} aria-hidden /> Trace
          </a>
        )}
      </div>
      {problem && <p className={classes.broken}>Your judgement was not kept: {problem}</p>}
      {commenting && feedback && (
        <CommentForm
          comment={feedback.comment ?? ""}
          good={feedback.score === 1}
          onDone={(comment) => {
            setCommenting(false);
            if (comment !== null) void judge(feedback.score ?? 0, comment || null);
          }}
        />
      )}
    </>
  );
}
