import { CircleAlert, MessageSquareText, ThumbsDown, ThumbsUp } from "lucide-react";
import { duration } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import type { EventBlock } from "../blocks";
import { Marked } from "../parts/Marked";
import { useTraceView } from "../view";
import classes from "./conversation.module.css";

/** A check, a change of agents, feedback: one line between the messages. */
export function EventLine({ block, selected }: { block: EventBlock; selected: boolean }) {
  const { select, words } = useTraceView();
  return (
    <button
      type="button"
      className={classes.event}
      data-failed={block.failed || undefined}
      data-selected={selected || undefined}
      data-agent={block.icon === "agent" || undefined}
      onClick={() => block.node && select(block.node.span.span_id)}
    >
      <span className={classes.eventIcon}>
        <EventIcon icon={block.icon} />
      </span>
      <span className={classes.eventText} dir="auto">
        <b>
          <Marked text={block.name} words={words} />
        </b>{" "}
        {block.text}
      </span>
      {block.ms !== null && <span className={classes.eventMs}>{duration(block.ms)}</span>}
    </button>
  );
}

function EventIcon({ icon }: { icon: EventBlock["icon"] }) {
  switch (icon) {
    case "up":
      return (
        <ThumbsUp size={14} strokeWidth={1.75} color="var(--ok)" aria-label="thumb up" role="img" />
      );
    case "down":
      return (
        <ThumbsDown
          size={14}
          strokeWidth={1.75}
          color="var(--err)"
          aria-label="thumb down"
          role="img"
        />
      );
    case "feedback":
      return <MessageSquareText size={14} strokeWidth={1.75} aria-label="feedback" role="img" />;
    case "error":
      return (
        <CircleAlert
          size={14}
          strokeWidth={1.75}
          color="var(--err)"
          aria-label="error"
          role="img"
        />
      );
    default:
      return <KindIcon kind={icon} size={15} />;
  }
}
