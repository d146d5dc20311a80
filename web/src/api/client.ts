/** Talks to the server this page came from, under whatever prefix it is served. */

export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: unknown;

  constructor(status: number, code: string, message: string, details: unknown = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export type Param = string | number | boolean | null | undefined | readonly string[];
export type Params = Record<string, Param>;

/** The query string of what is known: absent, null and empty values are left out. */
export function queryString(params: Params): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === "") continue;
    if (typeof value === "object") for (const one of value) query.append(name, one);
    else query.append(name, String(value));
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** The address of an API route, e.g. `apiUrl("traces", { project })`. */
export function apiUrl(path: string, params: Params = {}): string {
  return new URL(`api/v1/${path}${queryString(params)}`, document.baseURI).href;
}

async function answer<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  let body: unknown = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok)
      throw new ApiError(response.status, "not_json", "The server did not answer JSON.");
  }
  if (response.ok) return body as T;
  throw errorOf(response.status, body);
}

/** The error in an answer's body, or a sentence of our own when it has none. */
export function errorOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: string; message?: string; details?: unknown } } | null)
    ?.error;
  return new ApiError(
    status,
    error?.code ?? `http_${status}`,
    error?.message ?? `The server answered ${status} without a reason.`,
    error?.details ?? null,
  );
}

export async function call<T>(url: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...init });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "unreachable", "The server does not answer. Is it still running?");
  }
  return answer<T>(response);
}

export function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return call<T>(apiUrl(path, params), { signal, headers: { accept: "application/json" } });
}

export function send<T>(
  method: "POST" | "PATCH" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  return call<T>(apiUrl(path), {
    method,
    signal,
    headers: { accept: "application/json", "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}
