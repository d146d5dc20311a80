import { apiUrl, call, type Params } from "./client";

/** Sends a file as the body of a request, whatever it holds. */
export function upload<T>(path: string, params: Params, file: Blob): Promise<T> {
  return call<T>(apiUrl(path, params), {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/octet-stream" },
    body: file,
  });
}
