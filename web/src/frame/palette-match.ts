/** Whether every word asked for occurs in one of the texts, whatever the case. */
export function matches(asked: string, ...texts: (string | undefined)[]): boolean {
  const whole = texts.filter(Boolean).join(" ").toLowerCase();
  return asked
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}

/** The trace id in what was typed or pasted: 32 hex digits, also with dashes or within an address. */
export function traceIdIn(asked: string): string | null {
  const found = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/i.exec(asked);
  return found ? found[0].replaceAll("-", "").toLowerCase() : null;
}
