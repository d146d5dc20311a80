import { type FormEvent, useState } from "react";
import { Button } from "../parts/Button";
import { focusOn } from "../parts/focus";
import classes from "./answer.module.css";

interface Props {
  comment: string;
  good: boolean;
  /** With what was said, or null where nothing was. */
  onDone: (comment: string | null) => void;
}

/** Why an answer is good or bad, in words. */
export function CommentForm({ comment, good, onDone }: Props) {
  const [text, setText] = useState(comment);

  function submit(event: FormEvent) {
    event.preventDefault();
    onDone(text.trim());
  }

  return (
    <form
      className={classes.comment}
      onSubmit={submit}
      onKeyDown={(event) => event.key === "Escape" && onDone(null)}
    >
      <textarea
        ref={focusOn}
        aria-label="Comment"
        placeholder={good ? "What was good? (if you like)" : "What was wrong? (if you like)"}
        maxLength={4000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div>
        <Button type="submit">Send comment</Button>
        <Button look="quiet" onClick={() => onDone(null)}>
          Close
        </Button>
      </div>
    </form>
  );
}
