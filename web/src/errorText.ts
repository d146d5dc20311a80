/** How an error reads on one line: its class, then what it says. */

/** The class of an error without the modules before it. */
export function shortType(type: string | null): string | null {
  return type && /^[\w.]+$/.test(type) ? (type.split(".").at(-1) ?? type) : type;
}

/** "TimeoutError: gave no answer" beside "TimeoutError" says the type once. */
export function withoutType(message: string | null, type: string | null): string | null {
  for (const name of [type, shortType(type)])
    if (name && message?.startsWith(`${name}: `)) return message.slice(name.length + 2);
  return message;
}

/** Type and message as one text, the type once; null where neither is known. */
export function errorText(type: string | null, message: string | null): string | null {
  return [type, withoutType(message, type)].filter(Boolean).join(": ") || null;
}
