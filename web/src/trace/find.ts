/** Search within a trace: names, models, tools, errors, previews, and payloads that are loaded. */
import type { Payloads } from "./cards";
import type { Span } from "./model";
import type { Node, Tree } from "./tree";

function heads(span: Span): string {
  const parts = [
    span.name,
    span.model,
    span.tool_name,
    span.kind,
    span.error_type,
    span.status_message,
  ];
  return [...parts, span.span_id, span.input_preview, span.output_preview]
    .filter(Boolean)
    .join("\n");
}

/** Gives the spans that hold every word asked for, in the order of reading. */
export class Finder {
  private texts: string[] = [];

  constructor(
    private readonly tree: Tree,
    private readonly payloads: Payloads,
  ) {}

  find(asked: string): Node[] {
    const words = asked.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    return this.tree.nodes.filter((node) => {
      const text = this.text(node);
      return words.every((word) => text.includes(word));
    });
  }

  private text(node: Node): string {
    const known = this.texts[node.index];
    if (known !== undefined) return known;
    const span = this.payloads.get(node.span.span_id);
    const payload = span
      ? JSON.stringify([
          span.messages_in,
          span.messages_out,
          span.input,
          span.output,
          span.documents,
          span.metadata,
        ])
      : "";
    const text = `${heads(node.span)}\n${payload}`.toLocaleLowerCase();
    this.texts[node.index] = text;
    return text;
  }
}
