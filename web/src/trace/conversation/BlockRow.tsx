import { memo } from "react";
import type { Block } from "../blocks";
import { CardView } from "./CardView";
import classes from "./conversation.module.css";
import { EventLine } from "./EventLine";
import { History } from "./History";
import { MessageView } from "./MessageView";

interface Props {
  block: Block;
  selected: boolean;
  unfolded: boolean;
  /** What follows. */
  next: Block["type"] | undefined;
}

/** One block, as far in as its agent stands below the others; drawn once while it is in view. */
export const BlockRow = memo(function BlockRow({ block, selected, unfolded, next }: Props) {
  const inset = `${Math.min(block.depth, 6) * 24}px`;
  return (
    <div className={classes.block} style={{ "--in": inset } as React.CSSProperties}>
      <i className={classes.guides} aria-hidden />
      <Inner block={block} selected={selected} unfolded={unfolded} next={next} />
    </div>
  );
});

function Inner({ block, selected, unfolded, next }: Props) {
  switch (block.type) {
    case "message":
      return <MessageView block={block} selected={selected} unfolded={unfolded} />;
    case "card":
      return <CardView card={block.card} selected={selected} last={next !== "card"} />;
    case "event":
      return <EventLine block={block} selected={selected} />;
    case "history":
      return <History messages={block.messages} />;
  }
}
