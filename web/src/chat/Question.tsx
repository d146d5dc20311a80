import { Pencil } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Button } from "../parts/Button";
import { CopyButton } from "../parts/CopyButton";
import { focusOn } from "../parts/focus";
import { Attached } from "./Attached";
import { Branches } from "./Branches";
import classes from "./question.module.css";
import type { Attachment, Message } from "./types";

interface Props {
  message: Message;
  thread: string;
  busy: boolean;
  onEdit: (text: string, files: Attachment[], parent: number) => void;
  onBranch: (seq: number) => void;
}

/** What was asked; it can be written anew, which begins another branch. */
export function Question({ message, thread, busy, onEdit, onBranch }: Props) {
  const [editing, setEditing] = useState(false);
  const { text, files, parent } = message;

  if (editing)
    return (
      <Editor
        text={text}
        onDone={(changed) => {
          setEditing(false);
          if (changed && changed !== text) onEdit(changed, files, parent);
        }}
      />
    );
  return (
    <article className={classes.question} aria-label="Question">
      <div className={classes.line}>
        <span className={classes.tools}>
          <CopyButton text={text} label="Copy the question" />
          {!busy && (
            <Button
              look="quiet"
              small
              icon={Pencil}
              aria-label="Edit the question"
              onClick={() => setEditing(true)}
            />
          )}
        </span>
        <Bubble text={text} files={files} thread={thread} />
      </div>
      <Branches message={message} onBranch={busy ? undefined : onBranch} />
    </article>
  );
}

export function Bubble({
  text,
  files,
  thread,
}: {
  text: string;
  files: Attachment[];
  thread: string;
}) {
  return (
    <div className={classes.said}>
      {files.length > 0 && <Attached files={files} thread={thread} />}
      {text && (
        <div className={classes.bubble} dir="auto">
          {text}
        </div>
      )}
    </div>
  );
}

function Editor({ text, onDone }: { text: string; onDone: (text: string | null) => void }) {
  const [now, setNow] = useState(text);

  function press(event: KeyboardEvent) {
    if (event.key === "Escape") onDone(null);
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) onDone(now.trim());
  }

  return (
    <form
      className={classes.editor}
      onSubmit={(event) => {
        event.preventDefault();
        onDone(now.trim());
      }}
    >
      <textarea
        ref={focusOn}
        aria-label="The question anew"
        rows={Math.min(10, now.split("\n").length + 1)}
        value={now}
        onChange={(event) => setNow(event.currentTarget.value)}
        onKeyDown={press}
      />
      <div>
        <Button look="quiet" onClick={() => onDone(null)}>
          Cancel
        </Button>
        <Button type="submit" disabled={!now.trim()}>
          Ask anew
        </Button>
      </div>
    </form>
  );
}
