import { ChevronDown, ChevronRight, CircleAlert, RotateCw, Unlink } from "lucide-react";
import type { CSSProperties } from "react";
import { count } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import { Marked } from "../parts/Marked";
import type { Node } from "../tree";
import { useTraceView } from "../view";
import classes from "./rows.module.css";

/** Deeper spans are not moved in any further: the name must have room. */
const DEEPEST = 14;

/** Guides, chevron, kind and name of a span. */
export function NameCell({ node, toggle }: { node: Node; toggle: (node: Node) => void }) {
  const { folded, attempts, words, tree } = useTraceView();
  const { span } = node;
  const depth = Math.min(node.depth, DEEPEST);
  const branch = node.children.length > 0;
  const isFolded = branch && folded.has(span.span_id);
  const attempt = attempts.get(span.span_id);
  const failed = span.status === "error";
  const Chevron = isFolded ? ChevronRight : ChevronDown;
  return (
    <div className={classes.nameCell} style={{ "--depth": depth } as CSSProperties}>
      <i className={classes.guides} aria-hidden />
      {branch ? (
        <span
          className={classes.chevron}
          onClick={(event) => {
            event.stopPropagation();
            toggle(node);
          }}
          aria-hidden
        >
          <Chevron size={14} strokeWidth={1.75} />
        </span>
      ) : (
        <span className={classes.chevron} aria-hidden />
      )}
      {failed ? (
        <CircleAlert
          size={15}
          strokeWidth={1.75}
          color="var(--err)"
          aria-label={`${span.kind}, failed`}
          role="img"
        />
      ) : (
        <KindIcon kind={span.kind} size={15} />
      )}
      <span
        className={`${classes.name} ellipsis`}
        data-failed={failed || undefined}
        data-root={node.depth === 0 || undefined}
        title={span.name}
        dir="auto"
      >
        <Marked text={span.name} words={words} />
      </span>
      {attempt && (
        <span className={classes.note}>
          {attempt.number > 1 && <RotateCw size={11} strokeWidth={1.75} aria-hidden />} attempt{" "}
          {attempt.number}
        </span>
      )}
      {isFolded && <span className={classes.note}>+{count(node.last - node.index)}</span>}
      {isFolded && !failed && node.errors > 0 && (
        <span className={classes.hiddenErrors} title={`${node.errors} errors below`}>
          {node.errors}
        </span>
      )}
      {node.uprooted && node.span.parent_span_id && tree.roots.length > 1 && (
        <span
          className={classes.note}
          title={`Its parent ${span.parent_span_id}: ${node.uprooted}`}
        >
          <Unlink size={12} strokeWidth={1.75} aria-hidden /> {node.uprooted}
        </span>
      )}
    </div>
  );
}

/** What to show as the cost of a row: its own, or the sum of what it stands for. */
export function rowCost(node: Node, folded: ReadonlySet<string>): number | null {
  const own = node.span.usage_counted === false ? null : (node.span.cost?.total ?? null);
  const sums = node.depth === 0 || node.span.kind === "agent" || folded.has(node.span.span_id);
  return sums ? node.cost : own;
}
