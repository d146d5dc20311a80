/** A trace as a file to keep: Markdown to read, JSON to use. */
import { cost, duration, plural, time, UNKNOWN } from "../format";
import type { Block, MessageBlock } from "./blocks";
import { messageText } from "./messages";
import { oneLine, type Trace } from "./model";
import { errorLine } from "./rootcause";
import { tokensText } from "./usage";

function fenced(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  const ticks = text.match(/`{3,}/g)?.reduce((most, one) => Math.max(most, one.length), 2) ?? 2;
  const fence = "`".repeat(ticks + 1);
  return `${fence}${typeof value === "string" ? "" : "json"}\n${text}\n${fence}`;
}

const ROLES: Record<string, string> = {
  user: "User",
  assistant: "Assistant",
  system: "System",
  output: "Output",
  task: "Task",
};

function messageSection(block: MessageBlock): string {
  const span = block.node?.span;
  const figures =
    block.figures && span
      ? [duration(span.duration_ms), tokensText(span.usage), cost(span.cost?.total)]
      : [];
  const head = [ROLES[block.role] ?? block.role, block.who, ...figures].filter(
    (one) => one && one !== UNKNOWN,
  );
  const parts = [`## ${head.join(" · ")}`];
  if (block.thought) parts.push(`> *Thought*\n>\n${block.thought.text.replace(/^/gm, "> ")}`);
  if (block.text) parts.push(block.text);
  if (block.error) parts.push(`**${block.error.title}**: ${block.error.message}`);
  for (const one of block.media) parts.push(`*${one.type}*`);
  return parts.join("\n\n");
}

function section(block: Block): string {
  switch (block.type) {
    case "message":
      return messageSection(block);
    case "event":
      return `*${block.name}* ${block.text}`.trim();
    case "history":
      return `> ${plural(block.messages.length, "earlier message")}\n>\n${block.messages
        .map((one) => `> **${one.role}**: ${oneLine(messageText(one))}`)
        .join("\n>\n")}`;
    case "card": {
      const { card } = block;
      const parts = [`### ${card.name} · ${duration(card.ms)}`, fenced(card.arguments ?? "")];
      for (const attempt of card.attempts.filter((one) => one.failed)) {
        const span = attempt.node.span;
        parts.push(
          `Attempt ${attempt.number} failed: ${errorLine(span.error_type, span.status_message)}`,
        );
      }
      for (const one of card.documents)
        parts.push(`${one.rank}. **${one.title}** ${one.score ?? ""}\n   ${oneLine(one.text)}`);
      if (card.documents.length === 0 && card.result !== undefined) parts.push(fenced(card.result));
      return parts.join("\n\n");
    }
  }
}

/** The conversation of a trace as Markdown, with its figures on top. */
export function toMarkdown(trace: Trace, blocks: readonly Block[]): string {
  const facts: [string, string | null | undefined][] = [
    ["Start", time(trace.start_time)],
    ["Status", trace.status],
    ["Duration", duration(trace.duration_ms)],
    ["Tokens", tokensText(trace.usage)],
    ["Cost", cost(trace.cost?.total)],
    ["Session", trace.session_id],
    ["User", trace.user_id],
    ["Tags", trace.tags?.join(", ")],
    ["Trace", trace.trace_id],
  ];
  const lines = facts
    .filter(([, value]) => value && value !== UNKNOWN)
    .map(([name, value]) => `- ${name}: ${value}`);
  return [`# ${trace.name ?? trace.trace_id}`, lines.join("\n"), ...blocks.map(section), ""].join(
    "\n\n",
  );
}
