/** Server-sent events out of a response that is read as it comes. */

export interface ServerEvent {
  id: string;
  name: string;
  data: string;
}

/** The events of a text's whole blocks, and what is left for the next piece. */
export function blocksOf(text: string): [ServerEvent[], string] {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() as string;
  return [blocks.map(eventOf).filter((event) => event !== null), rest];
}

function eventOf(block: string): ServerEvent | null {
  const found: ServerEvent = { id: "", name: "message", data: "" };
  let said = false;
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at < 1) continue;
    const value = line.slice(at + 2);
    const field = line.slice(0, at);
    if (field === "id") found.id = value;
    if (field === "event") found.name = value;
    if (field === "data") found.data += value;
    said ||= field === "data" || field === "event";
  }
  return said ? found : null;
}

export async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const [events, left] = blocksOf(rest + value);
      rest = left;
      yield* events;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
