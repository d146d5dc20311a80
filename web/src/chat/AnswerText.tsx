import { lexer } from "marked";
import { memo, useMemo } from "react";
import { Markdown } from "../trace/parts/Markdown";
import classes from "./answer.module.css";
import { Code } from "./Code";
import { citation } from "./Sources";
import type { Source } from "./types";

interface Props {
  text: string;
  sources: Source[];
  /** Where citations lead. */
  id: string;
  live?: boolean;
}

/** Longer texts are one block: parting them would hold up the page. */
const LONGEST = 60_000;

/** An answer in blocks, of which only those that changed are drawn again while it is written. */
export function AnswerText({ text, sources, id, live }: Props) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  return (
    <div className={classes.text} data-live={live || undefined}>
      {blocks.map((block, at) => (
        <Block
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks only grow at the end
          key={at}
          text={block}
          sources={sources}
          id={id}
          live={live && at === blocks.length - 1}
        />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text, sources, id, live }: Props) {
  return (
    <Markdown
      text={text}
      cite={(label) => citation(label, sources, id)}
      code={(code, language) => <Code text={code} language={language} live={live} />}
    />
  );
});

function blocksOf(text: string): string[] {
  if (text.length > LONGEST) return [text];
  return lexer(text, { gfm: true, breaks: true })
    .filter((token) => token.type !== "space")
    .map((token) => token.raw);
}
