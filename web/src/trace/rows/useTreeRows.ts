/** The rows of tree and waterfall: what is open, which is chosen, and the keys that move. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import { useKeys } from "../../keys";
import { type Node, unfoldedTo, visibleNodes } from "../tree";
import { useTraceView } from "../view";

export const ROW = 28;
/** The head of the columns scrolls with the rows' width but stays at the top. */
export const HEAD = 28;

export function useTreeRows(box: RefObject<HTMLDivElement | null>, title: string) {
  const { tree, folded, setFolded, selected, select } = useTraceView();
  const visible = useMemo(() => visibleNodes(tree, folded), [tree, folded]);
  const rows = useVirtualizer({
    count: visible.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
    // rows that were drawn stay as they are, so a late one costs less than a frame held up for it
    useFlushSync: false,
  });
  const here = useMemo(() => rowOf(visible, selected), [visible, selected]);

  // a span chosen by link, key or search may lie in a folded one
  const brought = useRef<Node | null>(null);
  useEffect(() => {
    if (!selected || brought.current === selected) return;
    const opened = unfoldedTo(selected, folded);
    if (opened !== folded) setFolded(opened);
    else {
      brought.current = selected;
      if (here >= 0) rows.scrollToIndex(here, { align: "auto" });
    }
  }, [selected, here, folded, setFolded, rows]);

  function go(row: number) {
    const node = visible[Math.max(0, Math.min(visible.length - 1, row))];
    if (node) select(node.span.span_id);
  }
  const toggle = useCallback(
    (node: Node) => {
      const next = new Set(folded);
      if (!next.delete(node.span.span_id)) next.add(node.span.span_id);
      setFolded(next);
    },
    [folded, setFolded],
  );
  function inwards(by: 1 | -1) {
    const node = visible[here];
    if (!node) return;
    const isFolded = folded.has(node.span.span_id);
    const branch = node.children.length > 0;
    if (by > 0 ? branch && isFolded : branch && !isFolded) toggle(node);
    else if (by > 0 && branch) go(here + 1);
    else if (by < 0 && node.parent) select(node.parent.span.span_id);
  }
  const page = () => Math.max(1, Math.floor((box.current?.clientHeight ?? 300) / ROW) - 1);
  useKeys(title, [
    { key: "j", what: "Next span", run: () => go(here + 1) },
    { key: "k", what: "Span before", run: () => go(here - 1) },
    { key: "ArrowDown", what: "Next span", run: () => go(here + 1), silent: true },
    { key: "ArrowUp", what: "Span before", run: () => go(here - 1), silent: true },
    { key: "ArrowRight", what: "Unfold, or go to the first span below", run: () => inwards(1) },
    { key: "ArrowLeft", what: "Fold, or go to the span above", run: () => inwards(-1) },
    { key: "Home", what: "First span", run: () => go(0) },
    { key: "End", what: "Last span", run: () => go(visible.length - 1) },
    { key: "PageDown", what: "A page down", run: () => go(here + page()) },
    { key: "PageUp", what: "A page up", run: () => go(here - page()) },
  ]);
  return { visible, rows, here, toggle };
}

/** The row of a span among those that are not folded away, which stand in the order of reading. */
function rowOf(visible: Node[], node: Node | null): number {
  if (!node) return -1;
  let [low, high] = [0, visible.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = visible[middle] as Node;
    if (found === node) return middle;
    if (found.index < node.index) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
