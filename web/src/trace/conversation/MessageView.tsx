import {
  ChevronDown,
  ChevronRight,
  CircleAlert,
  CornerDownRight,
  FileCog,
  type LucideIcon,
  Sparkles,
  UserRound,
} from "lucide-react";
import { useCallback, useState } from "react";
import { cost, count, duration } from "../../format";
import { keyOf } from "../../keyOf";
import { Skeleton } from "../../parts/states";
import type { MessageBlock } from "../blocks";
import { normal } from "../messages";
import { LongText } from "../parts/LongText";
import { Marked } from "../parts/Marked";
import { Media } from "../parts/Media";
import { tokensText } from "../usage";
import { useTraceView } from "../view";
import { CiteMark } from "./CiteMark";
import classes from "./conversation.module.css";

const ROLES: Record<string, string> = {
  user: "User",
  assistant: "Assistant",
  system: "System",
  task: "Task",
  output: "Output",
};

const MARKS: Record<string, LucideIcon> = {
  user: UserRound,
  system: FileCog,
  task: CornerDownRight,
};

interface Props {
  block: MessageBlock;
  selected: boolean;
  unfolded: boolean;
}

/** What one side said: role, figures, thought, text. */
export function MessageView({ block, selected, unfolded }: Props) {
  const { select, tree } = useTraceView();
  const cite = useCallback(
    (label: string) => {
      const citation = block.citations.get(label);
      return citation ? <CiteMark citation={citation} /> : null;
    },
    [block.citations],
  );
  const press = () =>
    block.node && window.getSelection()?.isCollapsed !== false && select(block.node.span.span_id);

  return (
    // the head holds a button for keys; pressing anywhere else in the block is a shortcut to it
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={classes.message}
      data-selected={selected || undefined}
      data-bare={(!block.text && block.media.length === 0) || undefined}
      onClick={press}
    >
      <Head block={block} />
      <div className={classes.said}>
        {block.prompt && <Fold name="Prompt" text={block.prompt} open={false} />}
        {block.thought && (
          <Fold
            name="Thought"
            tokens={block.thought.tokens}
            text={block.thought.text}
            open={unfolded}
            italic
          />
        )}
        {block.text && (
          <div className={classes.text}>
            <LongText text={block.text} markdown cite={cite} />
          </div>
        )}
        {block.preview && !block.text && tree.withoutPreviews && (
          <Skeleton height={13} width="60%" />
        )}
        {block.media.map((part) => (
          <Media key={keyOf(part)} part={part} />
        ))}
        {block.running && <p className={classes.quiet}>still running</p>}
        {block.error && (
          <p className={classes.error}>
            <CircleAlert size={14} strokeWidth={1.75} aria-hidden />
            <span>
              <b>{block.error.title}</b>
              {block.error.message &&
                block.error.message !== block.error.title &&
                `: ${block.error.message}`}
            </span>
          </p>
        )}
      </div>
    </div>
  );
}

function Head({ block }: { block: MessageBlock }) {
  const { select, words } = useTraceView();
  const Icon = MARKS[block.role] ?? Sparkles;
  const span = block.figures ? block.node?.span : null;
  return (
    <div className={classes.head}>
      <span className={classes.mark} data-role={block.role === "assistant" ? "llm" : "person"}>
        <Icon size={13} strokeWidth={1.75} aria-hidden />
      </span>
      <button
        type="button"
        className={classes.role}
        onClick={(event) => {
          event.stopPropagation();
          if (block.node) select(block.node.span.span_id);
        }}
      >
        {ROLES[block.role] ?? block.role}
      </button>
      {block.who && (
        <span className={`${classes.who} ellipsis`}>
          <Marked text={block.who} words={words} />
        </span>
      )}
      {span && (
        <span className={classes.figures}>
          <span>{block.running ? "running" : duration(span.duration_ms)}</span>
          <span className={classes.tokens}>{tokensText(span.usage)}</span>
          <span className={classes.cost}>{span.cost?.total != null && cost(span.cost.total)}</span>
        </span>
      )}
    </div>
  );
}

interface FoldProps {
  name: string;
  text: string;
  tokens?: number | null;
  open: boolean;
  italic?: boolean;
}

/** One line that opens: a thought, a prompt. */
function Fold({ name, text, tokens: spent, open: initially, italic }: FoldProps) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? initially;
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <div className={classes.fold}>
      <button
        type="button"
        className={classes.foldLine}
        aria-expanded={open}
        onClick={(event) => {
          event.stopPropagation();
          setChosen(!open);
        }}
      >
        <Chevron size={13} strokeWidth={1.75} aria-hidden />
        <span className={classes.foldName}>{name}</span>
        {spent ? <span className={classes.foldTokens}>{count(spent)} tokens</span> : null}
        {!open && (
          <span
            className={`${classes.foldStart} ellipsis`}
            data-italic={italic || undefined}
            dir="auto"
          >
            {normal(text.slice(0, 300))}
          </span>
        )}
      </button>
      {open && (
        <div className={classes.foldText}>
          <LongText text={text} markdown />
        </div>
      )}
    </div>
  );
}
