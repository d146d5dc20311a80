/** What the parts of a trace page share: the trace, what is loaded, what is selected and found. */
import { createContext, useContext } from "react";
import type { Attempt } from "./attempts";
import type { Citation } from "./citations";
import type { Trace } from "./model";
import type { PayloadState, PayloadStore } from "./payloads";
import type { RootCause } from "./rootcause";
import type { Node, Tree } from "./tree";

export interface TraceView {
  project: string;
  /** The token by which it was opened where it is shared: nothing else is read, nothing changed. */
  share?: string;
  trace: Trace;
  tree: Tree;
  payloads: PayloadState;
  store: PayloadStore;
  attempts: Map<string, Attempt>;
  cause: RootCause | null;
  selected: Node | null;
  select: (spanId: string | null) => void;
  /** Spans that hold what is searched for; null while nothing is. */
  hits: ReadonlySet<Node> | null;
  /** The words searched for, in small letters, to be marked. */
  words: string[];
  /** What the answer of a span cites, by the marks in it. */
  citations: (spanId: string) => Map<string, Citation> | undefined;
  folded: ReadonlySet<string>;
  setFolded: (folded: ReadonlySet<string>) => void;
}

export const TraceContext = createContext<TraceView | null>(null);

export function useTraceView(): TraceView {
  const view = useContext(TraceContext);
  if (!view) throw new Error("A part of a trace stands outside a trace.");
  return view;
}
