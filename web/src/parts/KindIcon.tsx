import {
  ArrowDownWideNarrow,
  Binary,
  Bot,
  CircleDot,
  Flag,
  Gauge,
  Library,
  Link2,
  type LucideIcon,
  ShieldCheck,
  Sparkles,
  TextQuote,
  Wrench,
} from "lucide-react";
import type { Kind } from "../api/types";

const ICONS: Record<Kind, LucideIcon> = {
  llm: Sparkles,
  agent: Bot,
  tool: Wrench,
  retriever: Library,
  chain: Link2,
  span: CircleDot,
  reranker: ArrowDownWideNarrow,
  embedding: Binary,
  guardrail: ShieldCheck,
  evaluator: Gauge,
  prompt: TextQuote,
  event: Flag,
};

/** The colour of a span kind, for marks that are not icons. */
export function kindColor(kind: string): string {
  return kind in ICONS ? `var(--kind-${kind})` : "var(--kind-span)";
}

export function KindIcon({ kind, size = 14 }: { kind: string; size?: number }) {
  const Icon = ICONS[kind as Kind] ?? CircleDot;
  return (
    <Icon
      size={size}
      strokeWidth={1.75}
      color={kindColor(kind)}
      role="img"
      aria-label={kind}
      style={{ flex: "none" }}
    />
  );
}
