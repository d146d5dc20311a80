import { CircleAlert, RotateCcw } from "lucide-react";
import { Button } from "../parts/Button";
import { AnswerFoot } from "./AnswerFoot";
import { AnswerText } from "./AnswerText";
import classes from "./answer.module.css";
import { Branches } from "./Branches";
import { Sources } from "./Sources";
import { Steps } from "./Steps";
import type { Message } from "./types";

interface Props {
  message: Message;
  thread: string;
  busy: boolean;
  onAgain: (question: number) => void;
  onBranch: (seq: number) => void;
}

/** An answer that is there, whole or broken off. */
export function Answer({ message, thread, busy, onAgain, onBranch }: Props) {
  const { extra, status, text } = message;
  const id = `source-${message.seq}`;
  const sources = extra.sources ?? [];
  const again = () => onAgain(message.parent);
  return (
    <article className={classes.answer} aria-label="Answer">
      <Steps steps={extra.steps ?? []} />
      {text && <AnswerText text={text} sources={sources} id={id} />}
      <Sources sources={sources} id={id} />
      {status === "error" && (
        <Failed
          message={extra.error?.message ?? "The answer broke off."}
          onAgain={busy ? undefined : again}
        />
      )}
      {status === "partial" && (
        <p className={classes.broken}>
          {extra.error?.code === "cancelled" || !extra.error
            ? "Stopped."
            : `Broken off: ${extra.error.message}.`}
        </p>
      )}
      <AnswerFoot message={message} thread={thread} onAgain={busy ? undefined : again}>
        <Branches message={message} onBranch={busy ? undefined : onBranch} />
      </AnswerFoot>
    </article>
  );
}

/** What servers say that do not tell strangers what went wrong. */
const GENERIC = "Internal Server Error";

interface FailedProps {
  message: string;
  onAgain?: () => void;
  onDiscard?: () => void;
}

/** Why there is no answer, and the way to one. */
export function Failed({ message, onAgain, onDiscard }: FailedProps) {
  const said = message === GENERIC ? "The app failed while it answered." : message;
  return (
    <div className={classes.failed} role="alert">
      <CircleAlert size={14} strokeWidth={1.75} aria-hidden />
      <p>{said}</p>
      {onAgain && (
        <Button small icon={RotateCcw} onClick={onAgain}>
          Try again
        </Button>
      )}
      {onDiscard && (
        <Button small look="quiet" onClick={onDiscard}>
          Discard
        </Button>
      )}
    </div>
  );
}
