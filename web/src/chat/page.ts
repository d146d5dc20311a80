/** What the server wrote into the page, and what it tells who may use it. */

export interface PageInfo {
  /** The target's name. */
  mount: string;
  /** Where its own routes stand, e.g. "/joke". */
  path: string;
  /** What a proxy put before everything. */
  root: string;
  mode: "chat" | "form";
  title: string;
  text: string;
  note: string;
  questions: string[];
  logo: boolean;
}

/** A JSON Schema, as far as forms read it. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  minimum?: number;
  maximum?: number;
  format?: string;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

export interface About {
  kind: string;
  takes_messages: boolean;
  input_schema: Schema;
  config_schema: Schema;
  files: string[];
  max_bytes: number;
  /** Where traces are shown, to be followed by an id; null: not for this reader. */
  traces: string | null;
  signed_in: boolean;
  kept: boolean;
}

const written = document.querySelector<HTMLMetaElement>('meta[name="pilothouse-page"]');

export const page: PageInfo = JSON.parse(written?.content ?? "{}");

/** Whether the page stands in a frame of another one, where room is scarce. */
export const embedded = new URLSearchParams(window.location.search).has("embed");
