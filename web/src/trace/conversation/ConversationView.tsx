import { useVirtualizer } from "@tanstack/react-virtual";
import { MessagesSquare } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { useKeys } from "../../keys";
import { ScrollBox } from "../../parts/ScrollBox";
import { EmptyState } from "../../parts/states";
import type { Block } from "../blocks";
import { useTraceView } from "../view";
import { BlockRow } from "./BlockRow";
import classes from "./conversation.module.css";

const GUESS: Record<Block["type"], number> = { message: 92, card: 76, event: 26, history: 32 };

interface Props {
  blocks: Block[];
  unfolded: boolean;
}

/** The trace as people read it, from top to bottom. */
export function ConversationView({ blocks, unfolded }: Props) {
  const { selected, select, store } = useTraceView();
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: blocks.length,
    getScrollElement: () => box.current,
    estimateSize: (at) => GUESS[(blocks[at] as Block).type],
    getItemKey: (at) => (blocks[at] as Block).id,
    overscan: 8,
    paddingStart: 4,
    paddingEnd: 24,
  });
  const items = rows.getVirtualItems();
  const here = useMemo(() => selectedBlock(blocks, selected?.span.span_id), [blocks, selected]);

  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    const wanted = blocks.slice(first, last + 1).flatMap(spansOf);
    store.look([...new Set(wanted)]);
  }, [blocks, first, last, store]);

  // the selection may have been made elsewhere: a link, the key of the error, a search
  const shown = useRef<string | null>(null);
  useEffect(() => {
    const id = here >= 0 ? (blocks[here]?.id ?? null) : null;
    if (id === null || shown.current === id) return;
    const isFirst = shown.current === null && selected?.span.kind === "llm" && blocks.length < 40;
    shown.current = id;
    if (!isFirst) rows.scrollToIndex(here, { align: "auto" });
  }, [here, blocks, rows, selected]);

  function move(by: number) {
    const step = by < 0 ? -1 : 1;
    for (let at = here + step; at >= 0 && at < blocks.length; at += step) {
      const node = blocks[at]?.node;
      if (!node || node === selected || blocks[at]?.type === "history") continue;
      select(node.span.span_id);
      return;
    }
  }
  useKeys("Conversation", [
    { key: "j", what: "Next message", run: () => move(1) },
    { key: "k", what: "Message before", run: () => move(-1) },
  ]);

  if (blocks.length === 0) {
    return (
      <EmptyState icon={MessagesSquare} title="Nothing was said in this trace">
        Its spans carry no input and no output. The tree shows what ran.
      </EmptyState>
    );
  }
  return (
    <ScrollBox ref={box} className={classes.scroll} role="group" label="Conversation">
      <ol className={classes.list} style={{ height: rows.getTotalSize() }}>
        {items.map((item) => (
          <li
            key={item.key}
            ref={rows.measureElement}
            data-index={item.index}
            className={classes.item}
            style={{ transform: `translateY(${item.start}px)` }}
            aria-current={item.index === here || undefined}
          >
            <BlockRow
              block={blocks[item.index] as Block}
              selected={item.index === here}
              unfolded={unfolded}
              next={blocks[item.index + 1]?.type}
            />
          </li>
        ))}
      </ol>
    </ScrollBox>
  );
}

/** The block of a span: its answer rather than the question it was given. */
function selectedBlock(blocks: Block[], spanId: string | undefined): number {
  if (!spanId) return -1;
  const own = blocks.findIndex((block) => block.id === spanId);
  if (own >= 0) return own;
  return blocks.findIndex((block) => {
    if (block.type !== "card") return false;
    if (block.card.reranked?.span.span_id === spanId) return true;
    return block.card.attempts.some((one) => one.node.span.span_id === spanId);
  });
}

/** The spans whose payloads a block shows. */
function spansOf(block: Block): string[] {
  if (block.type === "history") return [];
  const nodes = [block.node];
  if (block.type === "card")
    nodes.push(block.card.reranked, ...block.card.attempts.map((one) => one.node));
  return nodes.filter((node) => node !== null).map((node) => node.span.span_id);
}
