import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { plural } from "../../format";
import { keyOf } from "../../keyOf";
import { messageText } from "../messages";
import { type Message, oneLine } from "../model";
import { LongText } from "../parts/LongText";
import classes from "./conversation.module.css";

/** What had been said before this trace began, folded. */
export function History({ messages }: { messages: Message[] }) {
  const [open, setOpen] = useState(false);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <div className={classes.history}>
      <button
        type="button"
        className={classes.foldLine}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Chevron size={13} strokeWidth={1.75} aria-hidden />
        <span className={classes.foldName}>{plural(messages.length, "earlier message")}</span>
      </button>
      {open &&
        messages.map((message) => (
          <div key={keyOf(message)} className={classes.earlier}>
            <span className={classes.earlierRole}>{message.role}</span>
            <div>
              <LongText text={messageText(message) || oneLine(message.parts)} markdown />
            </div>
          </div>
        ))}
    </div>
  );
}
