/** Requests to the page's own routes, which lie below the document's base. */

export class AnswerError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message);
  }
}

/** Proves that a request is the page's own: pages of other origins cannot send it. */
const MARK = { "x-pilothouse-page": "1" };

export function addressOf(path: string): string {
  return new URL(`api/${path}`, document.baseURI).href;
}

interface Asked {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The answer; throws AnswerError for a refusal, and whatever fetch throws without a network. */
export async function send(path: string, asked: Asked = {}): Promise<Response> {
  const { body, headers, ...rest } = asked;
  const raw = body === undefined || body instanceof Blob;
  const answer = await fetch(addressOf(path), {
    ...rest,
    headers: { ...MARK, ...(raw ? {} : { "content-type": "application/json" }), ...headers },
    body: raw ? (body as Blob | undefined) : JSON.stringify(body),
  });
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const answer = await send(path, asked);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** A query string of what is there. */
export function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

async function refusal(answer: Response): Promise<AnswerError> {
  let message = `The server answered ${answer.status}.`;
  let code = "";
  try {
    const told = await answer.json();
    const detail = Array.isArray(told.detail) ? told.detail[0] : undefined;
    if (told.error) ({ message, code } = told.error);
    else if (detail) message = [detail.loc?.join("."), detail.msg].filter(Boolean).join(": ");
    else if (typeof told.message === "string") message = told.message;
  } catch {
    // no JSON: a proxy's page, whose status says enough
  }
  return new AnswerError(message, answer.status, code);
}

/** Why something did not work, in a sentence. */
export function sentence(error: unknown): string {
  if (error instanceof AnswerError) return error.message;
  return "The server cannot be reached.";
}
