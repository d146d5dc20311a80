/** What the page's own API tells; see src/pilothouse/serving/page. */

export interface Step {
  id: string;
  name: string;
  kind: string;
  status: "running" | "done" | "error";
  input?: string;
  output?: string;
  error?: string;
  ms?: number;
}

export interface Source {
  title: string;
  url?: string;
  text?: string;
  score?: number;
}

export interface Failure {
  code: string;
  message: string;
  retryable: boolean;
}

export interface Attachment {
  id: string;
  name: string;
  kind: string;
  size: number;
}

export interface Extra {
  ms?: number;
  steps?: Step[];
  sources?: Source[];
  trace_id?: string;
  usage?: Record<string, unknown>;
  model?: string;
  error?: Failure;
}

export interface Feedback {
  score: number | null;
  comment: string | null;
}

export interface Message {
  seq: number;
  parent: number;
  role: string;
  text: string;
  files: Attachment[];
  run_id: string | null;
  status: "complete" | "partial" | "error";
  created: string;
  /** Places of all that stand beside it, itself among them; empty where it is alone. */
  beside: number[];
  extra: Extra;
  feedback: Feedback | null;
}

export interface Thread {
  id: string;
  title: string;
  created: string;
  updated: string;
  /** Where it stands in the list, for the next page of it. */
  place: number;
  settings: Record<string, unknown>;
  running?: string | null;
}
