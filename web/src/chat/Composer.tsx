import { ArrowUp, Paperclip, Square } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "../parts/Button";
import { Kbd } from "../parts/Kbd";
import { Attached } from "./Attached";
import { useAbout } from "./about";
import classes from "./composer.module.css";
import { page } from "./page";
import type { Attachment } from "./types";
import { useFiles } from "./useFiles";

interface Props {
  thread: string;
  /** An answer is on its way: it can be stopped, and nothing new be asked. */
  busy: boolean;
  /** What was asked last has not reached the server: it can be taken back. */
  unsent?: boolean;
  onSend: (text: string, files: Attachment[]) => void;
  onStop: () => void;
}

const TALLEST_PX = 220;

export function Composer({ thread, busy, unsent, onSend, onStop }: Props) {
  const about = useAbout();
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { files, problem, reading, add, remove, clear } = useFiles(thread, about);
  const accept = about?.files ?? [];
  const empty = !text.trim() && files.length === 0;

  useEffect(() => {
    if (!window.matchMedia("(pointer: coarse)").matches) field.current?.focus();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: as tall as the text that changed
  useEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, TALLEST_PX)}px`;
  }, [text]);

  function send() {
    if (busy || empty || reading) return;
    onSend(text.trim(), files);
    setText("");
    clear();
  }

  function press(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  function pasted(event: ClipboardEvent) {
    if (event.clipboardData.files.length === 0 || accept.length === 0) return;
    event.preventDefault();
    add(event.clipboardData.files);
  }

  return (
    <form
      className={classes.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => accept.length > 0 && event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        add(event.dataTransfer.files);
      }}
    >
      {files.length > 0 && (
        <div className={classes.files}>
          <Attached files={files} thread={thread} onRemove={remove} />
        </div>
      )}
      {problem && (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      )}
      <textarea
        ref={field}
        rows={1}
        aria-label="Message"
        placeholder="Write a message"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={press}
        onPaste={pasted}
      />
      <div className={classes.tools}>
        {accept.length > 0 && (
          <>
            <Button
              look="quiet"
              icon={Paperclip}
              aria-label="Attach files"
              onClick={() => picker.current?.click()}
            />
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              accept={accept.join(",")}
              aria-label="Files"
              onChange={(event) => {
                add(event.currentTarget.files ?? []);
                event.currentTarget.value = "";
              }}
            />
          </>
        )}
        {reading && <span className={classes.hint}>Reading files …</span>}
        <span className={classes.gap} />
        <span className={classes.hint}>
          <Kbd>{busy ? "Esc" : "⏎"}</Kbd> {busy ? (unsent ? "takes it back" : "stops") : "sends"}
        </span>
        {busy ? (
          <Button className={classes.stop} icon={Square} onClick={onStop}>
            {unsent ? "Take back" : "Stop"}
          </Button>
        ) : (
          <Button look="primary" icon={ArrowUp} type="submit" disabled={empty || reading}>
            Send
          </Button>
        )}
      </div>
    </form>
  );
}

export function Note() {
  return page.note ? <p className={classes.note}>{page.note}</p> : null;
}
