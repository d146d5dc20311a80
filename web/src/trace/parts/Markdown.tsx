/**
 * Text of messages as Markdown, drawn as elements: raw HTML stays text, images come from the text
 * itself or not at all, links open elsewhere.
 */
import { lexer, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode, useMemo } from "react";
import { keyOf } from "../../keyOf";
import { ScrollBox } from "../../parts/ScrollBox";
import { MARK } from "../citations";
import classes from "./markdown.module.css";

/** Draws a mark such as [1]; null leaves it as text. */
export type Cite = (label: string) => ReactNode | null;

/** Draws a block of code; without it code stands in a box that scrolls. */
export type DrawCode = (text: string, language: string) => ReactNode;

interface Draw {
  cite?: Cite;
  code?: DrawCode;
}

/** Longer texts are shown as they are: drawing them would hold up the page. */
const LONGEST = 60_000;

export function Markdown({ text, cite, code }: { text: string } & Draw) {
  const tokens = useMemo(
    () => (text.length > LONGEST ? null : lexer(text, { gfm: true, breaks: true })),
    [text],
  );
  if (!tokens) return <pre className={classes.plain}>{text}</pre>;
  return <div className={classes.text}>{blocks(tokens, { cite, code })}</div>;
}

function blocks(tokens: Token[], draw: Draw): ReactNode[] {
  return tokens.map((token) => <Fragment key={keyOf(token)}>{block(token, draw)}</Fragment>);
}

function block(token: Token, draw: Draw): ReactNode {
  switch (token.type) {
    case "paragraph":
      return <p dir="auto">{inlines(token.tokens ?? [], draw)}</p>;
    case "heading":
      return (
        <p dir="auto" className={classes.heading} data-depth={(token as Tokens.Heading).depth}>
          {inlines(token.tokens ?? [], draw)}
        </p>
      );
    case "code":
      if (draw.code) return draw.code(token.text as string, (token as Tokens.Code).lang ?? "");
      return (
        <ScrollBox className={classes.code} role="group" label="Code">
          <pre>
            <code>{(token as Tokens.Code).text}</code>
          </pre>
        </ScrollBox>
      );
    case "blockquote":
      return <blockquote dir="auto">{blocks(token.tokens ?? [], draw)}</blockquote>;
    case "list":
      return list(token as Tokens.List, draw);
    case "table":
      return table(token as Tokens.Table, draw);
    case "hr":
      return <hr />;
    case "space":
    case "def":
      return null;
    case "text":
      return (
        <>{token.tokens ? inlines(token.tokens, draw) : written(token.text as string, draw)}</>
      );
    default:
      return <p dir="auto">{token.raw}</p>;
  }
}

function list(token: Tokens.List, draw: Draw): ReactNode {
  const items = token.items.map((item) => (
    <li key={keyOf(item)}>
      {item.task && (
        <input type="checkbox" checked={item.checked} readOnly disabled aria-label="done" />
      )}
      {blocks(item.tokens, draw)}
    </li>
  ));
  return token.ordered ? (
    <ol dir="auto" start={token.start || 1}>
      {items}
    </ol>
  ) : (
    <ul dir="auto">{items}</ul>
  );
}

function table(token: Tokens.Table, draw: Draw): ReactNode {
  return (
    <ScrollBox className={classes.table} role="group" label="Table">
      <table>
        <thead>
          <tr>{token.header.map((cell) => cellOf("th", cell, draw))}</tr>
        </thead>
        <tbody>
          {token.rows.map((row) => (
            <tr key={keyOf(row)}>{row.map((cell) => cellOf("td", cell, draw))}</tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function cellOf(Tag: "td" | "th", cell: Tokens.TableCell, draw: Draw) {
  return (
    <Tag key={keyOf(cell)} data-align={cell.align ?? undefined} dir="auto">
      {inlines(cell.tokens, draw)}
    </Tag>
  );
}

function inlines(tokens: Token[], draw: Draw): ReactNode[] {
  return tokens.map((token) => <Fragment key={keyOf(token)}>{inline(token, draw)}</Fragment>);
}

function inline(token: Token, draw: Draw): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inlines(token.tokens ?? [], draw)}</strong>;
    case "em":
      return <em>{inlines(token.tokens ?? [], draw)}</em>;
    case "del":
      return <del>{inlines(token.tokens ?? [], draw)}</del>;
    case "codespan":
      return (
        <code className={classes.inlineCode}>{entities((token as Tokens.Codespan).text)}</code>
      );
    case "br":
      return <br />;
    case "link":
      return link(token as Tokens.Link, draw);
    case "image":
      return image(token as Tokens.Image);
    case "text":
    case "escape":
      return token.type === "text" && token.tokens
        ? inlines(token.tokens, draw)
        : written(token.text as string, draw);
    default:
      return token.raw;
  }
}

function link({ href, tokens, raw }: Tokens.Link, draw: Draw): ReactNode {
  if (!/^(https?:|mailto:)/i.test(href)) return raw;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {inlines(tokens, draw)}
    </a>
  );
}

function image({ href, text, raw }: Tokens.Image): ReactNode {
  if (/^data:image\/(png|jpe?g|gif|webp|avif);/i.test(href)) return <img src={href} alt={text} />;
  return <span className={classes.elsewhere}>{raw}</span>;
}

/** Text with its entities read and its citation marks drawn. */
function written(text: string, { cite }: Draw): ReactNode {
  const plain = entities(text);
  if (!cite || !/[[【]/.test(plain)) return plain;
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const match of plain.matchAll(MARK)) {
    const drawn = cite((match[1] ?? match[2] ?? "").trim());
    if (drawn === null) continue;
    pieces.push(plain.slice(from, match.index), <Fragment key={match.index}>{drawn}</Fragment>);
    from = match.index + match[0].length;
  }
  pieces.push(plain.slice(from));
  return pieces;
}

const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  nbsp: "\u00a0",
};

function entities(text: string): string {
  return text.includes("&")
    ? text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name) => ENTITIES[name] as string)
    : text;
}
