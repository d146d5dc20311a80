/** What a conversation is made of: messages, cards of calls, one-line events, what was said before. */
import type { Card } from "./cards";
import type { Citation } from "./citations";
import type { Message, Part } from "./model";
import type { Node } from "./tree";

interface Base {
  id: string;
  depth: number;
  /** The span to select when the block is pressed. */
  node: Node | null;
}

export interface MessageBlock extends Base {
  type: "message";
  role: string;
  /** Beside the role: the model, the user's id, the agent. */
  who: string | null;
  text: string;
  media: Part[];
  thought: { text: string; tokens: number | null } | null;
  /** The prompt of a call that stands apart from the conversation. */
  prompt: string | null;
  error: { title: string; message: string } | null;
  /** Whether the figures of the span belong beside the role. */
  figures: boolean;
  citations: Map<string, Citation>;
  /** Previews only: the payload is not loaded. */
  preview: boolean;
  running: boolean;
}

export interface CardBlock extends Base {
  type: "card";
  card: Card;
}

export interface EventBlock extends Base {
  type: "event";
  icon: "guardrail" | "evaluator" | "agent" | "error" | "up" | "down" | "feedback";
  name: string;
  text: string;
  failed: boolean;
  ms: number | null;
}

export interface HistoryBlock extends Base {
  type: "history";
  messages: Message[];
}

export type Block = MessageBlock | CardBlock | EventBlock | HistoryBlock;

/** The fields of a message that most leave alone. */
export const plainMessage = {
  type: "message",
  depth: 0,
  who: null,
  media: [] as Part[],
  thought: null,
  prompt: null,
  error: null,
  figures: false,
  preview: false,
  running: false,
} as const satisfies Partial<MessageBlock>;
