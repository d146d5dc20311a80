import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { plural } from "../../format";
import { keyOf } from "../../keyOf";
import { callsOf, messageText, otherParts, thoughtText } from "../messages";
import { field, isBlobRef, type Message, oneLine } from "../model";
import { LongText } from "../parts/LongText";
import type { Cite } from "../parts/Markdown";
import { Marked } from "../parts/Marked";
import { Media } from "../parts/Media";
import { Value } from "../parts/Value";
import { useTraceView } from "../view";
import classes from "./panel.module.css";

const SHOWN = 60;

/** The messages of a call, one line each, opened by pressing. */
export function MessageList({ messages }: { messages: Message[] }) {
  const last = messages.findLastIndex((one) => one.role === "user");
  const [open, setOpen] = useState<ReadonlySet<number>>(
    () => new Set(messages.length <= 2 ? [last] : []),
  );
  const [from, setFrom] = useState(Math.max(0, messages.length - SHOWN));
  const names = callNames(messages);

  function toggle(at: number) {
    const next = new Set(open);
    if (!next.delete(at)) next.add(at);
    setOpen(next);
  }
  return (
    <div className={classes.list}>
      {from > 0 && (
        <button type="button" className={classes.moreRows} onClick={() => setFrom(0)}>
          show {plural(from, "earlier message")}
        </button>
      )}
      {messages.slice(from).map((message, place) => {
        const at = from + place;
        const Chevron = open.has(at) ? ChevronDown : ChevronRight;
        return (
          <div key={keyOf(message)}>
            <button
              type="button"
              className={classes.listRow}
              aria-expanded={open.has(at)}
              onClick={() => toggle(at)}
            >
              <Chevron size={13} strokeWidth={1.75} aria-hidden />
              <span className={classes.messageRole}>{message.role}</span>
              <Summary message={message} names={names} />
            </button>
            {open.has(at) && (
              <div className={classes.listOpen}>
                <MessageParts message={message} />
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** The names of calls by their ids: a result carries only the id. */
function callNames(messages: Message[]): Map<string, string> {
  return new Map(
    callsOf(messages).flatMap((call) => (call.id ? [[call.id, call.name] as const] : [])),
  );
}

function Summary({ message, names }: { message: Message; names: Map<string, string> }) {
  const { words } = useTraceView();
  return (
    <span className="ellipsis" dir="auto">
      <Marked text={summary(message, names)} words={words} />
    </span>
  );
}

function summary(message: Message, names: Map<string, string>): string {
  const text = oneLine(messageText(message).slice(0, 400));
  if (text) return text;
  const results = message.parts.filter((part) => part.type === "tool_result");
  if (results.length > 0) {
    const known = results
      .map((part) => names.get(String(field(part, "id"))) ?? message.name)
      .filter(Boolean);
    if (known.length > 0) return known.join(", ");
    return results.map((part) => oneLine(field(part, "result")).slice(0, 200)).join(", ");
  }
  const calls = callsOf([message]).length;
  const parts = [
    thoughtText(message) ? "thought" : null,
    calls > 0 ? plural(calls, "tool call") : null,
    ...otherParts(message).map((part) => part.type),
  ];
  return parts.filter(Boolean).join(", ") || "empty";
}

/** All parts of a message in their order. */
export function MessageParts({ message, cite }: { message: Message; cite?: Cite }) {
  return (
    <div className={classes.parts}>
      {message.parts.map((part) => (
        <PartView key={keyOf(part)} part={part} cite={cite} />
      ))}
      {message.parts.length === 0 && <span className={classes.quiet}>empty</span>}
    </div>
  );
}

function PartView({ part, cite }: { part: Message["parts"][number]; cite: Cite | undefined }) {
  switch (part.type) {
    case "text": {
      const text = field(part, "text");
      const apart = field(part, "blob");
      if (isBlobRef(apart)) return <Value value={apart} />;
      return typeof text === "string" ? (
        <LongText text={text} markdown cite={cite} />
      ) : (
        <Value value={text} />
      );
    }
    case "reasoning":
    case "thinking":
      return (
        <div className={classes.thought}>
          <span className={classes.quiet}>Thought</span>
          <LongText text={oneLineOrText(field(part, "text"))} markdown />
        </div>
      );
    case "tool_call":
      return (
        <div className={classes.call}>
          <p>
            <span className={classes.quiet}>calls</span> <b>{String(field(part, "name") ?? "")}</b>
          </p>
          <Value value={field(part, "arguments")} />
        </div>
      );
    case "tool_result":
      return (
        <div className={classes.call}>
          <p className={classes.quiet}>result</p>
          <Value value={field(part, "result")} />
        </div>
      );
    default:
      return <Media part={part} />;
  }
}

function oneLineOrText(value: unknown): string {
  return typeof value === "string" ? value : oneLine(value);
}
