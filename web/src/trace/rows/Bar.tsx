import type { CSSProperties } from "react";
import { duration } from "../../format";
import { kindColor } from "../../parts/KindIcon";
import { firstToken } from "../model";
import type { Gap } from "../path";
import type { Node } from "../tree";
import { useTraceView } from "../view";
import type { Window } from "../waterfall";
import classes from "./waterfall.module.css";

interface Props {
  node: Node;
  view: Window;
  onPath: boolean;
  gap: Gap | undefined;
}

/** A span's time, the wait for its first token, and the gap before it. */
export function Bar({ node, view, onPath, gap }: Props) {
  const { tree } = useTraceView();
  const share = (at: number) => (at - tree.start - view.from) / (view.to - view.from);
  const clamp = (at: number) => Math.min(1.2, Math.max(-0.2, at));
  const [from, to] = [clamp(share(node.start)), clamp(share(node.end))];
  const failed = node.span.status === "error";
  const isRoot = node.depth === 0 && node.children.length > 0;
  const color = failed ? "var(--err-fill)" : kindColor(node.span.kind);
  const out = to < 0 || from > 1;
  const style = { "--from": from, "--to": to, "--bar": color } as CSSProperties;
  const first = node.span.kind === "llm" ? firstToken(node.span, node.start) : null;
  const waited = first === null ? 0 : (first - node.start) / (node.end - node.start || 1);
  const words = label(node, failed);
  // beyond the end there is room for a duration, not for how it ended
  const isBefore = failed && to > 0.95 && from > words.length * WORD_SHARE;
  return (
    <>
      {gap && <GapMark gap={gap} share={share} before={gap.next !== null} />}
      {!out && (
        <span
          className={classes.bar}
          style={style}
          data-root={isRoot || undefined}
          data-off={(!onPath && !failed) || undefined}
          data-running={node.unfinished || undefined}
        >
          {waited > 0 && waited <= 1 && !isRoot && (
            <i className={classes.first} style={{ width: `${waited * 100}%` }} />
          )}
        </span>
      )}
      {!isRoot && (!gap || gap.next !== null) && (
        <span
          className={classes.barLabel}
          style={{ "--from": from, "--to": Math.min(Math.max(to, 0), 1) } as CSSProperties}
          data-side={isBefore ? "left" : undefined}
          data-failed={failed || undefined}
          data-out={out ? (to < 0 ? "before" : "after") : undefined}
        >
          {words}
        </span>
      )}
    </>
  );
}

function label(node: Node, failed: boolean): string {
  const length = node.unfinished ? "running" : duration(node.end - node.start);
  if (!failed) return length;
  const text = `${node.span.error_type ?? ""} ${node.span.status_message ?? ""}`;
  return `${/time.?out|timed out|deadline/i.test(text) ? "timed out" : "failed"}, ${length}`;
}

/** A letter takes about a hundredth of the axis. */
const WORD_SHARE = 0.0105;

interface GapProps {
  gap: Gap;
  share: (at: number) => number;
  before: boolean;
}

function GapMark({ gap, share, before }: GapProps) {
  const [from, to] = [share(gap.from), share(gap.to)];
  if (to < 0 || from > 1) return null;
  const length = duration(gap.to - gap.from);
  const words = gap.backOff ? `back-off, nothing ran for ${length}` : `gap ${length}`;
  const style = { "--from": Math.max(from, -0.01), "--to": Math.min(to, 1.1) } as CSSProperties;
  // the words stand on the side where there is room
  const side = before && from > words.length * WORD_SHARE ? "left" : "right";
  return (
    <>
      <span className={classes.gap} style={style} />
      {(side === "left" || !before) && (
        <span className={classes.gapLabel} style={style} data-side={side}>
          {words}
        </span>
      )}
      {side === "right" && before && <span className="hidden-text">{words}</span>}
    </>
  );
}
